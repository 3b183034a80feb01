// SPDX-License-Identifier: MIT OR Apache-2.0
// Roots and tiers: the call or task that a job belongs to, and whether it is foreground work.
#pragma once

#include <atomic>
#include <cstdint>

namespace micropool::detail {

// The origin of a tree of jobs: a foreground call from outside, or one background task. Everything
// forked below it belongs to it. Must outlive all of its jobs.
struct root {
  explicit root(bool of_background_task = false) noexcept : background(of_background_task) {}
  root(const root&) = delete;
  root& operator=(const root&) = delete;

  const bool background;
  // L1: for a background task that foreground work waits for, the waiter's root; the task's jobs
  // belong there from then on. Set once. The waiter does not resume before the task has ended, so
  // its root outlives the jobs.
  std::atomic<const root*> lifted_to{nullptr};
};

// Foreground work comes before background work.
enum class tier : bool { foreground, background };

// A root by address and tier. Participants publish the tag of the root that their jobs belong to,
// so that other threads need not read a root which may be gone:
//
//   | address of the root (63) | background (1) |        0: none
class root_tag {
public:
  constexpr root_tag() noexcept = default;
  explicit root_tag(const root& r) noexcept
      : word_(reinterpret_cast<std::uintptr_t>(&r) | (r.background ? 1 : 0)) {}
  // The tag of a foreground root, without reading the root, which may be gone.
  static root_tag of_foreground(const root* r) noexcept {
    root_tag t;
    t.word_ = reinterpret_cast<std::uintptr_t>(r);
    return t;
  }

  bool none() const noexcept { return word_ == 0; }
  bool background() const noexcept { return (word_ & 1) != 0; }
  bool is(const root* r) const noexcept { return get() == r; }
  // Only the holder of a job of that root may dereference the result.
  const root* get() const noexcept {
    return reinterpret_cast<const root*>(word_ & ~std::uintptr_t{1});
  }
  friend bool operator==(root_tag, root_tag) = default;

private:
  std::uintptr_t word_ = 0;
};

// Returns the root to which the jobs of `r` belong now. The caller must hold such a job or a
// reference to the task. In the latter case the task may have ended meanwhile, and then the root
// that the tag names may be gone.
inline root_tag tag_of(const root& r) noexcept {
  if (!r.background) return root_tag(r);
  // [seq_cst: root.lift] against the tags that a lifter reads after it has set this.
  const root* lifted = r.lifted_to.load(std::memory_order_seq_cst);
  return lifted != nullptr ? root_tag::of_foreground(lifted) : root_tag(r);
}

}  // namespace micropool::detail
