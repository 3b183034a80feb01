// SPDX-License-Identifier: MIT OR Apache-2.0
// The same with OpenMP tasks. A task belongs to a team, so the only producer is a member of it. A
// runtime may run a task at once instead of queueing it, as libgomp does with 64 queued per thread:
// most of a large burst are then plain calls.
#include <span>

#include "../../support/host_openmp.hpp"
#include "burst.hpp"
#include "round_trip.hpp"

namespace bench::spawning::in_openmp {
namespace {

struct in_team : openmp_host {
  static constexpr int least_threads = 1;
  using openmp_host::openmp_host;

  void from_outside(trip_meter& trips) const {
    while (trips.another()) run([&trips] { make_trip(trips); });
  }

  void from_inside(trip_meter& trips) const {
    run([&trips] {
      while (trips.another()) make_trip(trips);
    });
  }

  struct producer {
    explicit producer(in_team& e) : team(e) {}

    void burst(std::span<cell> cells) {
      team.run([cells] {
        for (cell& c : cells) {
          cell* const mine = &c;
#pragma omp task firstprivate(mine)
          ++*mine;
        }
#pragma omp taskwait
      });
    }

    in_team& team;
  };

private:
  static void make_trip(trip_meter& trips) {
#pragma omp task shared(trips)
    trips.arrive();
#pragma omp taskwait
  }
};

const registration openmp_spawns(rank::peer, [](const options& o) {
  add_round_trips_from_outside<in_team>(o, "openmp");
  add_round_trips_from_inside<in_team>(o, "openmp");
  for (const burst_shape& shape : {thousand_from_one, many_from_one, fan_in_owned, fan_in_shared}) {
    add_burst<in_team>(o, "openmp", shape);
  }
});

}  // namespace
}  // namespace bench::spawning::in_openmp
