// SPDX-License-Identifier: MIT OR Apache-2.0
// A growable work-stealing deque of pointers: the owner pushes and pops at the bottom, anybody
// steals at the top. It knows nothing of jobs.
//
// Chase and Lev, "Dynamic circular work-stealing deque", SPAA 2005. The orderings differ from Le
// et al., "Correct and efficient work-stealing for weak memory models", PPoPP 2013, in one point:
// operations that are themselves seq_cst replace their standalone fences. ThreadSanitizer does not
// see fences, and clang turns one into mfence, ten times the price of a locked exchange.
//
// Invariants
//   D1  top never decreases; an index is stolen at most once in the life of the deque.
//   D2  while top == t and bottom > t, the slot of t holds one and the same element: taking the
//       last element advances top as well, so a thief whose claim of t succeeds got just the
//       element that it saw (find_work relies on this to check whose element it is in between).
#pragma once

#include <micropool/detail/base/cpu.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace micropool::detail {

template <class T>
class deque {
public:
  using index = std::int64_t;

  // What a thief has seen and may try to claim.
  struct sighting {
    T* element = nullptr;
    index at = 0;
  };

  explicit deque(index capacity = 256) : ring_(ring::make(capacity, nullptr)) {}

  deque(const deque&) = delete;
  deque& operator=(const deque&) = delete;

  ~deque() {
    // Old rings stay until the end, since a thief may read one at any time; together they are
    // smaller than the newest.
    for (ring* r = ring_.load(std::memory_order_relaxed); r != nullptr;) {
      ring* older = r->older;
      ::operator delete(r);
      r = older;
    }
  }

  // Owner. The index that the next push will use.
  index bottom() const noexcept { return bottom_.load(std::memory_order_relaxed); }

  // Owner. No locked instruction.
  void push(T* element) {
    const index b = bottom_.load(std::memory_order_relaxed);
    ring* r = ring_.load(std::memory_order_relaxed);
    if (b - top_seen_ >= r->capacity) [[unlikely]] r = make_room(b);
    r->slot(b).store(element, std::memory_order_relaxed);
    // [release: deque.publish] the slot and what it points to are written before bottom moves.
    bottom_.store(b + 1, std::memory_order_release);
  }

  // Owner. The newest element, or null if thieves have taken all. One locked instruction, and a
  // second one for the last element, which a thief may want at the same time.
  T* pop() noexcept {
    const index b = bottom_.load(std::memory_order_relaxed) - 1;
    if (b < top_seen_) return nullptr;
    ring* r = ring_.load(std::memory_order_relaxed);
    // [seq_cst: deque.race] announce the pop before looking at top: of a pop and a steal of the
    // same element at least one sees the other.
    bottom_.exchange(b, std::memory_order_seq_cst);
    // [seq_cst: deque.race] the other half.
    index t = top_.load(std::memory_order_seq_cst);
    if (t < b) [[likely]] return r->slot(b).load(std::memory_order_relaxed);
    T* element = nullptr;
    // [seq_cst: deque.race] the last element belongs to whoever moves top.
    if (t == b && top_.compare_exchange_strong(t, t + 1, std::memory_order_seq_cst)) {
      element = r->slot(b).load(std::memory_order_relaxed);
    }
    top_seen_ = b + 1;
    // [release: deque.publish] empty again; nothing new is published.
    bottom_.store(b + 1, std::memory_order_release);
    return element;
  }

  // Owner. Makes all pushes so far part of the single order of seq_cst operations.
  void republish() noexcept {
    // [seq_cst: idle.publish] ordered against the count of sleepers that the caller reads next.
    bottom_.exchange(bottom_.load(std::memory_order_relaxed), std::memory_order_seq_cst);
  }

  // Anybody. The oldest element, not yet taken.
  sighting sight() const noexcept {
    // [seq_cst: deque.race] top before bottom, both in the single order.
    const index t = top_.load(std::memory_order_seq_cst);
    // [seq_cst: deque.race] [seq_cst: idle.publish] [acquire: deque.publish] see the slot of every
    // bottom that we can see.
    const index b = bottom_.load(std::memory_order_seq_cst);
    if (b <= t) return {};
    // [acquire: deque.grow] the contents of a ring that we can see.
    ring* r = ring_.load(std::memory_order_acquire);
    return {r->slot(t).load(std::memory_order_relaxed), t};
  }

  // Anybody. Takes what was sighted, unless somebody else was faster.
  bool claim(const sighting& s) noexcept {
    index expected = s.at;
    // [seq_cst: deque.race] the one step that decides who owns the element.
    return top_.compare_exchange_strong(expected, s.at + 1, std::memory_order_seq_cst);
  }

private:
  // The slots follow the header in the same block.
  struct ring {
    static ring* make(index capacity, ring* older) {
      const auto n = static_cast<std::size_t>(capacity);
      auto* r = ::new (::operator new(sizeof(ring) + n * sizeof(std::atomic<T*>)))
          ring{capacity, older};
      std::uninitialized_value_construct_n(r->slots(), n);
      return r;
    }
    std::atomic<T*>* slots() noexcept { return reinterpret_cast<std::atomic<T*>*>(this + 1); }
    std::atomic<T*>& slot(index i) noexcept { return slots()[i & (capacity - 1)]; }

    index capacity;  // a power of two
    ring* older;
  };

  MICROPOOL_COLD ring* make_room(index b) {
    ring* r = ring_.load(std::memory_order_relaxed);
    // [seq_cst: deque.race] thieves only free slots, so an old value is merely pessimistic.
    top_seen_ = top_.load(std::memory_order_seq_cst);
    if (b - top_seen_ < r->capacity) return r;
    ring* bigger = ring::make(r->capacity * 2, r);
    for (index i = top_seen_; i < b; ++i) {
      bigger->slot(i).store(r->slot(i).load(std::memory_order_relaxed), std::memory_order_relaxed);
    }
    // [release: deque.grow] copied before it is seen.
    ring_.store(bigger, std::memory_order_release);
    return bigger;
  }

  // Owner's line: written at every push and pop. The index of the next push.
  alignas(cache_line) std::atomic<index> bottom_{0};
  std::atomic<ring*> ring_;
  index top_seen_ = 0;  // owner: a lower bound of top, to keep the owner off the thieves' line
  // Thieves' line. The index of the oldest element.
  alignas(cache_line) std::atomic<index> top_{0};
};

}  // namespace micropool::detail
