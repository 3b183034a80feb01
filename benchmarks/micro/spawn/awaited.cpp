// SPDX-License-Identifier: MIT OR Apache-2.0
// micropool's background tasks made of coroutines, awaited by a coroutine.
#include <latch>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "../../support/host_micropool.hpp"
#include "burst.hpp"
#include "round_trip.hpp"

namespace bench::spawning::in_awaited {
namespace {

namespace mp = micropool;

struct awaited : micropool_host {
  static constexpr int least_threads = 1;
  using micropool_host::micropool_host;

  void from_outside(trip_meter& trips) {
    while (trips.another()) pool.sync_wait(pool.spawn_owned(one(trips)));
  }

  void from_inside(trip_meter& trips) {
    std::latch ended(1);
    auto all = pool.spawn_owned(trips_in_a_row(trips, ended));
    // A join() right away would take the task from the worker and run it here.
    ended.wait();
    all.join();
  }

private:
  static mp::task<> one(trip_meter& trips) {
    trips.arrive();
    co_return;
  }

  static mp::task<> trips_in_a_row(trip_meter& trips, std::latch& ended) {
    while (trips.another()) co_await mp::spawn_owned(one(trips));
    ended.count_down();
  }
};

// One coroutine that spawns all and then awaits one handle after the other.
template <class Handle>
struct fan_in : micropool_host {
  static constexpr int least_threads = 1;
  using micropool_host::micropool_host;

  struct producer {
    explicit producer(fan_in& e) : pool(e.pool) {}

    void burst(std::span<cell> cells) {
      handles.reserve(cells.size());
      pool.sync_wait(spawn_and_await(cells, handles));
      handles.clear();
    }

    mp::thread_pool& pool;
    std::vector<Handle> handles;
  };

private:
  static mp::task<> one(cell& c) {
    ++c;
    co_return;
  }

  static mp::task<> spawn_and_await(std::span<cell> cells, std::vector<Handle>& handles) {
    constexpr bool shared = std::is_copy_constructible_v<Handle>;
    for (cell& c : cells) {
      if constexpr (shared) {
        handles.push_back(mp::spawn_shared(one(c)));
      } else {
        handles.push_back(mp::spawn_owned(one(c)));
      }
    }
    for (Handle& h : handles) {
      if constexpr (shared) {
        co_await h;
      } else {
        co_await std::move(h);
      }
    }
  }
};

const registration awaited_spawns(rank::micropool, [](const options& o) {
  constexpr const char* name = "micropool_awaited";
  add_round_trips_from_outside<awaited>(o, name);
  add_round_trips_from_inside<awaited>(o, name);
  add_burst<fan_in<mp::owned_task<void>>>(o, name, fan_in_owned);
  add_burst<fan_in<mp::shared_task<void>>>(o, name, fan_in_shared);
});

}  // namespace
}  // namespace bench::spawning::in_awaited
