// SPDX-License-Identifier: MIT OR Apache-2.0
// Fences. All seq_cst fences are in one order, and each knows what the threads of those before it
// knew: a load behind a fence returns nothing older (world.fences).
#include "memory.hpp"
#include "trace.hpp"

namespace simulation {
namespace {

void fence_of(unsigned id) noexcept {
  thread& t = world.threads[id];
  t.clock.join(t.to_acquire);
  if (t.fence_to_acquire > t.fence) t.fence = t.fence_to_acquire;
  if (world.fence_count + 1 == 1 << 16) fail("too many fences");
  vector_clock& all = world.fences[world.fence_count + 1];
  all = world.fences[world.fence_count];
  all.join(t.clock);
  t.fence = ++world.fence_count;
  t.at_release = t.clock;
  t.fence_at_release = t.fence;
  new_epoch(t, id);
}

}  // namespace

void atomic_fence(order o) noexcept {
  point({0, true, o == order::seq_cst, false});
  thread& t = self();
  trace_fence(o);
  if (o == order::seq_cst) return fence_of(world.current);
  if (acquires(o)) {
    t.clock.join(t.to_acquire);
    if (t.fence_to_acquire > t.fence) t.fence = t.fence_to_acquire;
  }
  if (releases(o)) {
    t.at_release = t.clock;
    t.fence_at_release = t.fence;
    new_epoch(t, world.current);
  }
}

void fence_all_threads() noexcept {
  const step_kind step{0, true, true, true};
  point(step);
  trace_fence(order::seq_cst);
  fence_of(world.current);
  for (unsigned i = 0; i < world.count; ++i) {
    if (i == world.current) continue;
    // Also of threads that have ended: what they stored has left their processor.
    if (world.threads[i].state == thread_state::ready) point(step);
    fence_of(i);
  }
  fence_of(world.current);
}

}  // namespace simulation
