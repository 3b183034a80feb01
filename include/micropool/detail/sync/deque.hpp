// SPDX-License-Identifier: MIT OR Apache-2.0
// deque: a growable work-stealing deque of pointers. The owner pushes and pops at the bottom,
// thieves steal at the top. Independent of jobs.
//
// Chase and Lev, "Dynamic circular work-stealing deque", SPAA 2005. The orderings differ from Le
// et al., "Correct and efficient work-stealing for weak memory models", PPoPP 2013, in one point:
// operations that are themselves seq_cst replace their standalone fences. ThreadSanitizer does not
// see fences, and clang turns one into mfence, ten times the price of a locked exchange.
//
// Invariants
//   D1  top never decreases; an index is stolen at most once in the life of the deque.
//   D2  While top == t and bottom > t, the slot of t holds one and the same element, because taking
//       the last element advances top as well. So a thief whose try_take of t succeeds has the very
//       element that it has seen. (steal_from in find_work.cpp checks its origin in between.)
#pragma once

#include <micropool/detail/base/cpu.hpp>
#include <micropool/detail/base/macros.hpp>

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

  // The element that a thief has seen and may try to take.
  struct candidate {
    T* element = nullptr;
    index at = 0;
  };

  explicit deque(index capacity = 256)
      : ring_(ring::make(capacity, nullptr)), room_until_(capacity) {}

  deque(const deque&) = delete;
  deque& operator=(const deque&) = delete;

  ~deque() {
    // Old rings are freed only here, since a thief may read one at any time. Together they are
    // smaller than the newest.
    for (ring* r = ring_.load(std::memory_order_relaxed); r != nullptr;) {
      ring* older = r->older;
      ::operator delete(r);
      r = older;
    }
  }

  // Owner. Returns the index that the next push will use.
  index bottom() const noexcept { return bottom_.load(std::memory_order_relaxed); }

  // Any thread. Returns the index of the oldest element that has not been taken.
  index oldest() const noexcept { return top_.load(std::memory_order_relaxed); }

  // Owner. Returns true if `n` elements can surely be pushed.
  bool has_room_for(index n) const noexcept { return bottom() + n <= room_until_; }

  // Owner. Makes room for `n` pushes. Throws std::bad_alloc; then nothing has changed.
  MICROPOOL_COLD void reserve(index n) {
    // [acquire: deque.race] thieves have read the slots below. They only free slots, so an old
    // value is merely pessimistic.
    top_seen_ = top_.load(std::memory_order_acquire);
    const index b = bottom();
    ring* r = ring_.load(std::memory_order_relaxed);
    room_until_ = top_seen_ + r->capacity;
    if (b + n <= room_until_) return;
    index capacity = r->capacity;
    while (b + n > top_seen_ + capacity) capacity *= 2;
    ring* bigger = ring::make(capacity, r);
    for (index i = top_seen_; i < b; ++i) {
      bigger->slot(i).store(r->slot(i).load(std::memory_order_relaxed), std::memory_order_relaxed);
    }
    // [release: deque.grow] the elements are copied before the ring can be seen.
    ring_.store(bigger, std::memory_order_release);
    room_until_ = top_seen_ + capacity;
  }

  // Owner. Adds an element at the bottom, for which there must be room. What has just been popped
  // can be pushed again. No locked instruction.
  void push(T* element) noexcept {
    const index b = bottom_.load(std::memory_order_relaxed);
    ring* r = ring_.load(std::memory_order_relaxed);
    r->slot(b).store(element, std::memory_order_relaxed);
    // [release: deque.publish] the slot and what it points to are written before bottom moves.
    bottom_.store(b + 1, std::memory_order_release);
  }

  // Owner. Takes the newest element; returns null if thieves have taken all. One locked
  // instruction, and a second one for the last element, which a thief may take at the same time.
  T* pop() noexcept {
    const index b = bottom_.load(std::memory_order_relaxed) - 1;
    if (b < top_seen_) return nullptr;  // known to be empty: no look at the thieves' line
    ring* r = ring_.load(std::memory_order_relaxed);
    // [seq_cst: deque.race] announce the pop before reading top: of a pop and a steal of the same
    // element, at least one sees the other.
    bottom_.exchange(b, std::memory_order_seq_cst);
    // [seq_cst: deque.race] the other half.
    index t = top_.load(std::memory_order_seq_cst);
    // Older elements are left, so no thief can take this one: it would have to read top == b after
    // this read, and then reads a bottom that no longer counts this element.
    if (t < b) [[likely]] return r->slot(b).load(std::memory_order_relaxed);
    T* element = nullptr;
    // The last element belongs to the thread that advances top.
    // [release: deque.race] a thief that sees this sees the bottom that was announced.
    if (t == b && top_.compare_exchange_strong(t, t + 1, std::memory_order_release,
                                               std::memory_order_relaxed)) {
      element = r->slot(b).load(std::memory_order_relaxed);
    }
    top_seen_ = b + 1;  // whether this thread or a thief has taken the last element
    // Empty again; nothing is published, and a thief that reads this finds nothing to take.
    bottom_.store(b + 1, std::memory_order_relaxed);
    return element;
  }

  // Owner. Orders all pushes so far in the single order of seq_cst operations.
  void republish() noexcept {
    // [seq_cst: idle.publish] ordered against the count of sleepers that the caller reads next.
    bottom_.exchange(bottom_.load(std::memory_order_relaxed), std::memory_order_seq_cst);
  }

  // Any thread. Returns the oldest element without taking it, or null if there is none.
  candidate peek_oldest() const noexcept {
    // [seq_cst: deque.race] top before bottom, both in the single order: a bottom that is older
    // than top may still count an element that the owner has popped since.
    const index t = top_.load(std::memory_order_seq_cst);
    // [seq_cst: deque.race] [seq_cst: idle.publish] [acquire: deque.publish] see the slot of every
    // bottom that this thread can see.
    const index b = bottom_.load(std::memory_order_seq_cst);
    if (b <= t) return {};
    // [acquire: deque.grow] see the contents of every ring that this thread can see.
    ring* r = ring_.load(std::memory_order_acquire);
    return {r->slot(t).load(std::memory_order_relaxed), t};
  }

  // Any thread. Takes the candidate; returns false if another thread has taken it.
  bool try_take(const candidate& s) noexcept {
    index expected = s.at;
    // [seq_cst: deque.race] this step alone decides which thread gets the element. In the single
    // order, because the thief may steal again: it moves top before it reads bottom.
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

  // Owner's cache line, written at every push and pop. The index of the next push.
  alignas(cache_line) std::atomic<index> bottom_{0};
  std::atomic<ring*> ring_;
  // Lower bounds, so that the owner need not read the thieves' line: of top, and of top + capacity.
  index top_seen_ = 0;
  index room_until_;
  // Thieves' cache line. The index of the oldest element.
  alignas(cache_line) std::atomic<index> top_{0};
};

}  // namespace micropool::detail
