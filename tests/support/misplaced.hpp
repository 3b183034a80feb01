// SPDX-License-Identifier: MIT OR Apache-2.0
// Objects of any alignment that look where they are.
#pragma once

#include <atomic>
#include <compare>
#include <cstddef>
#include <cstdint>

namespace micropool_test {

// How often a placed object was touched at an address that its type forbids.
inline std::atomic<long> misplaced{0};

// The compiler must not conclude from the type that the answer is known.
inline bool is_at(const void* p, std::size_t alignment) {
  asm volatile("" : "+r"(p));
  return reinterpret_cast<std::uintptr_t>(p) % alignment == 0;
}

template <std::size_t Alignment>
struct alignas(Alignment) placed {
  int value = 0;

  placed() { look(); }
  explicit placed(int v) : value(v) { look(); }
  placed(const placed& o) : value(o.get()) { look(); }
  placed& operator=(const placed& o) {
    value = o.get();
    look();
    return *this;
  }
  ~placed() { look(); }

  int get() const {
    look();
    return value;
  }
  void look() const {
    if (!is_at(this, Alignment)) misplaced.fetch_add(1, std::memory_order_relaxed);
  }

  friend std::strong_ordering operator<=>(const placed& a, const placed& b) {
    return a.get() <=> b.get();
  }
  friend bool operator==(const placed& a, const placed& b) { return a.get() == b.get(); }
  friend placed operator+(const placed& a, const placed& b) { return placed(a.get() + b.get()); }
};

}  // namespace micropool_test
