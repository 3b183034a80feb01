// SPDX-License-Identifier: MIT OR Apache-2.0
// The same on oneTBB, both ways it offers: task_group::run, which puts a task into the deque of the
// spawning thread, and task_arena::enqueue, which like a spawn hands it to the workers in order.
#include <oneapi/tbb/task_group.h>

#include <span>
#include <utility>
#include <vector>

#include "../../support/host_tbb.hpp"
#include "burst.hpp"
#include "cancel_storm.hpp"
#include "round_trip.hpp"

namespace bench::spawning::in_tbb {
namespace {

namespace otbb = oneapi::tbb;

struct in_group : tbb_host {
  static constexpr int least_threads = 1;
  using tbb_host::tbb_host;

  void from_outside(trip_meter& trips) {
    otbb::task_group group;
    while (trips.another()) arena.execute([&] { make_trip(group, trips); });
  }

  void from_inside(trip_meter& trips) {
    arena.execute([&] {
      otbb::task_group group;
      while (trips.another()) make_trip(group, trips);
    });
  }

  // Each spawning thread has its implicit arena; all share the workers.
  struct producer {
    explicit producer(in_group&) {}

    void burst(std::span<cell> cells) {
      for (cell& c : cells) group.run([&c] { ++c; });
      group.wait();
    }

    otbb::task_group group;
  };

private:
  static void make_trip(otbb::task_group& group, trip_meter& trips) {
    group.run([&trips] { trips.arrive(); });
    group.wait();
  }
};

// A group is given up as a whole, and has no answer for a single task; the cost includes the wait
// that such a group needs before it may end.
struct cancelled_group : tbb_host {
  using tbb_host::tbb_host;

  void hold(auto f) { arena.enqueue(std::move(f)); }

  void spawn(std::vector<cell>& cells, const busy_work& work) {
    arena.execute([&] {
      for (cell& c : cells) {
        group.run([&c, work] {
          work();
          ++c;
        });
      }
    });
  }

  void cancel(std::vector<answer>&) {
    arena.execute([&] {
      group.cancel();
      group.wait();
    });
  }

  otbb::task_group group;
};

// Not with a single thread: oneTBB then adds a worker for what is enqueued.
struct enqueued : tbb_host {
  static constexpr int least_threads = 2;
  using tbb_host::tbb_host;

  void from_outside(trip_meter& trips) {
    otbb::task_group group;
    while (trips.another()) {
      arena.enqueue(group.defer([&trips] { trips.arrive(); }));
      arena.execute([&] { group.wait(); });
    }
  }

  void from_inside(trip_meter& trips) {
    arena.execute([&] {
      otbb::task_group group;
      while (trips.another()) {
        arena.enqueue(group.defer([&trips] { trips.arrive(); }));
        group.wait();
      }
    });
  }

  struct producer {
    explicit producer(enqueued& e) : arena(e.arena) {}

    void burst(std::span<cell> cells) {
      for (cell& c : cells) arena.enqueue(group.defer([&c] { ++c; }));
      arena.execute([&] { group.wait(); });
    }

    otbb::task_arena& arena;
    otbb::task_group group;
  };
};

template <class Engine>
void add_all(const options& o, const char* name) {
  add_round_trips_from_outside<Engine>(o, name);
  add_round_trips_from_inside<Engine>(o, name);
  for (const burst_shape& shape : {thousand_from_one, thousand_from_four, many_from_one,
                                   many_from_four, fan_in_owned, fan_in_shared}) {
    add_burst<Engine>(o, name, shape);
  }
}

const registration tbb_spawns(rank::peer, [](const options& o) {
  add_all<in_group>(o, "tbb");
  add_all<enqueued>(o, "tbb_enqueue");
  add_storms<cancelled_group>(o, "tbb");
});

}  // namespace
}  // namespace bench::spawning::in_tbb
