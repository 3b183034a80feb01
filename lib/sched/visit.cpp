// SPDX-License-Identifier: MIT OR Apache-2.0
#include "visit.hpp"

#include "enough_stack.hpp"
#include "find_work.hpp"
#include "run_job.hpp"

#include <micropool/detail/sched/scheduler.hpp>

#include <cstdint>
#include <exception>
#include <utility>

namespace micropool::detail {

// The end of the pool may wait for this job, and this thread may not belong to the pool: then the
// slot keeps the pool's state.
void run_as_visitor(const found_work& f, const reach& within_reach) noexcept {
  const participation there(participation::visit{}, *f.pool);
  auto& self = state_of(there.self());
  const float_environment before = self.environment.load(std::memory_order_relaxed);
  const bottom here(self, there.modes_of_code());
  const participant::index base = self.jobs.bottom();
  const nested_work work(self, f);
  run_job(self, *f.work);
  std::uint32_t taken = 0;
  while (job* mine = take_own_job(self, base, taken, within_reach)) run_job(self, *mine);
  // Whatever the job has left: it may belong to another root.
  before.enter();
}

namespace {

// What the frame has made ready: its parent or a child that must not nest, and its forks.
// LAST TOUCH, for each: what has been posted may run elsewhere.
void post_what_is_ready(participant_state& self, participant::index base) noexcept {
  if (frame* const next = std::exchange(self.run.next, nullptr)) post(*next->home, *next);
  while (self.jobs.bottom() > base) {
    job* const forked = self.jobs.pop();
    if (forked == nullptr) return;
    post(*forked->home, *forked);
  }
}

void resume_here(participant_state& self, frame& f, modes of_code) noexcept {
  const inbox& home = *f.home;
  const bottom here(self, of_code);
  const participant::index base = self.jobs.bottom();
  const nested_work work(
      self, {&f, work_origin::of_inbox(home), home.belongs_to, home.environment, home.pool});
  self.jobs_run.add();
  resume(self, f);
  post_what_is_ready(self, base);
}

// How many slots of a pool such visits may take. They nest where a coroutine destroys the next
// handle as it unwinds, or awaits again what destroys its handle at once; each has a slot. The rest
// is for other threads.
constexpr std::uint32_t slots_for_these = registry::capacity / 2;

// Throws what the slot or the stack does; then the frame has not been resumed.
bool try_to_visit(frame& f) {
  const participation there(participation::optional_visit{}, *f.home->pool);
  auto& self = state_of(there.self());
  if (self.id >= slots_for_these) [[unlikely]] return false;
  const float_environment before = self.environment.load(std::memory_order_relaxed);
  with_enough_stack(self, [&self, &f, &there]() noexcept {
    resume_here(self, f, there.modes_of_code());
  });
  before.enter();
  return true;
}

}  // namespace

void resume_as_visitor(frame& f) noexcept {
  try {
    if (try_to_visit(f)) return;
  } catch (const std::exception&) {
  }
  post(*f.home, f);
}

}  // namespace micropool::detail
