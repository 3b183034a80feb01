// SPDX-License-Identifier: MIT OR Apache-2.0
// Roots and tiers: whom a job belongs to, and whether it goes before or after others.
#pragma once

#include <atomic>
#include <cstdint>

namespace micropool::detail {

// What a foreground call from outside, or one background task, opens. Everything that is forked
// below it belongs to it. Lives as long as any of its jobs.
struct root {
  explicit root(bool of_background_task = false) noexcept : background(of_background_task) {}
  root(const root&) = delete;
  root& operator=(const root&) = delete;

  const bool background;
  // L1: of a background task, the foreground root of whoever waits for it; its jobs belong there
  // from then on. Set once, and the waiter does not go on before the task has ended, so it outlives
  // them.
  std::atomic<const root*> lifted_to{nullptr};
};

// What a participant shows of the root that its jobs belong to, so that others need not read a root
// which may be gone:
//
//   | address of the root (63) | background (1) |        0: none
class root_tag {
public:
  constexpr root_tag() noexcept = default;
  explicit root_tag(const root& r) noexcept
      : word_(reinterpret_cast<std::uintptr_t>(&r) | (r.background ? 1 : 0)) {}
  // Of a foreground root that may be gone.
  static root_tag of_foreground(const root* r) noexcept {
    root_tag t;
    t.word_ = reinterpret_cast<std::uintptr_t>(r);
    return t;
  }

  bool none() const noexcept { return word_ == 0; }
  bool background() const noexcept { return (word_ & 1) != 0; }
  bool is(const root* r) const noexcept { return get() == r; }
  // To be read only by who holds a job of that root.
  const root* get() const noexcept {
    return reinterpret_cast<const root*>(word_ & ~std::uintptr_t{1});
  }
  friend bool operator==(root_tag, root_tag) = default;

private:
  std::uintptr_t word_ = 0;
};

// The root to which the jobs of `r` belong now. By a holder of such a job, or of the task itself;
// for the latter the root may be gone, if the task has ended meanwhile.
inline root_tag tag_of(const root& r) noexcept {
  if (!r.background) return root_tag(r);
  // [seq_cst: root.lift] against the tags that a lifter looks at after it has set this.
  const root* lifted = r.lifted_to.load(std::memory_order_seq_cst);
  return lifted != nullptr ? root_tag::of_foreground(lifted) : root_tag(r);
}

}  // namespace micropool::detail
