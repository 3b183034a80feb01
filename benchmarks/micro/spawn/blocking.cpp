// SPDX-License-Identifier: MIT OR Apache-2.0
// micropool's background tasks made of callables, joined by a thread that blocks.
#include <cstddef>
#include <latch>
#include <span>
#include <utility>
#include <vector>

#include "../../support/host_micropool.hpp"
#include "burst.hpp"
#include "cancel_storm.hpp"
#include "round_trip.hpp"

namespace bench::spawning::in_blocking {
namespace {

namespace mp = micropool;

struct blocking : micropool_host {
  static constexpr int least_threads = 1;
  using micropool_host::micropool_host;

  void from_outside(trip_meter& trips) {
    while (trips.another()) pool.spawn_owned([&trips] { trips.arrive(); }).join();
  }

  void from_inside(trip_meter& trips) {
    std::latch ended(1);
    auto all = pool.spawn_owned([&] {
      while (trips.another()) mp::spawn_owned([&trips] { trips.arrive(); }).join();
      ended.count_down();
    });
    // A join() right away would take the task from the worker and run it here.
    ended.wait();
    all.join();
  }

  struct producer {
    explicit producer(blocking& e) : pool(e.pool) {}

    void burst(std::span<cell> cells) {
      handles.reserve(cells.size());
      for (cell& c : cells) handles.push_back(pool.spawn_owned([&c] { ++c; }));
      for (auto& h : handles) h.join();
      handles.clear();
    }

    mp::thread_pool& pool;
    std::vector<mp::owned_task<void>> handles;
  };

  void hold(auto f) { auto detached = pool.spawn_owned(std::move(f)); }

  void spawn(std::vector<cell>& cells, const busy_work& work) {
    handles.reserve(cells.size());
    for (cell& c : cells) {
      handles.push_back(pool.spawn_owned([&c, work] {
        work();
        ++c;
      }));
    }
  }

  void cancel(std::vector<answer>& answers) {
    for (std::size_t i = 0; i < handles.size(); ++i) {
      answers[i] = handles[i].cancel() ? answer::cancelled : answer::started;
    }
    handles.clear();
  }

  std::vector<mp::owned_task<void>> handles;
};

const registration blocking_spawns(rank::micropool, [](const options& o) {
  constexpr const char* name = "micropool_blocking";
  add_round_trips_from_outside<blocking>(o, name);
  add_round_trips_from_inside<blocking>(o, name);
  for (const burst_shape& shape :
       {thousand_from_one, thousand_from_four, many_from_one, many_from_four}) {
    add_burst<blocking>(o, name, shape);
  }
  add_storms<blocking>(o, name);
});

}  // namespace
}  // namespace bench::spawning::in_blocking
