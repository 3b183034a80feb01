// SPDX-License-Identifier: MIT OR Apache-2.0
// What the standard library offers instead: a thread of its own for each task.
#include <future>

#include "round_trip.hpp"

namespace bench::spawning::in_async {
namespace {

struct thread_each {
  static constexpr int least_threads = 2;
  explicit thread_each(int) noexcept {}

  void from_outside(trip_meter& trips) const {
    while (trips.another()) std::async(std::launch::async, [&trips] { trips.arrive(); }).get();
  }
};

const registration async_trips(rank::reference, [](const options& o) {
  add_round_trips_from_outside<thread_each>(o, "async");
});

}  // namespace
}  // namespace bench::spawning::in_async
