// SPDX-License-Identifier: MIT OR Apache-2.0
// Replaces every global operator new and delete by malloc and free with a counter.
#include "allocation_counter.hpp"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::uint64_t> news{0};
std::atomic<std::uint64_t> deletes{0};

void* allocate(std::size_t size, std::size_t alignment) noexcept {
  news.fetch_add(1, std::memory_order_relaxed);
  if (size == 0) size = 1;
  if (alignment <= alignof(std::max_align_t)) return std::malloc(size);
  // aligned_alloc wants a multiple of the alignment.
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  return rounded < size ? nullptr : std::aligned_alloc(alignment, rounded);
}

void* allocate_or_throw(std::size_t size, std::size_t alignment) {
  for (;;) {
    if (void* p = allocate(size, alignment)) return p;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

void release(void* p) noexcept {
  if (p == nullptr) return;
  deletes.fetch_add(1, std::memory_order_relaxed);
  std::free(p);
}

constexpr std::size_t usual = alignof(std::max_align_t);

std::size_t number(std::align_val_t a) { return static_cast<std::size_t>(a); }

}  // namespace

namespace micropool_test {

std::uint64_t allocations() noexcept { return news.load(std::memory_order_relaxed); }
std::uint64_t deallocations() noexcept { return deletes.load(std::memory_order_relaxed); }

}  // namespace micropool_test

using std::align_val_t, std::nothrow_t, std::size_t;

void* operator new(size_t n) { return allocate_or_throw(n, usual); }
void* operator new[](size_t n) { return allocate_or_throw(n, usual); }
void* operator new(size_t n, align_val_t a) { return allocate_or_throw(n, number(a)); }
void* operator new[](size_t n, align_val_t a) { return allocate_or_throw(n, number(a)); }
void* operator new(size_t n, const nothrow_t&) noexcept { return allocate(n, usual); }
void* operator new[](size_t n, const nothrow_t&) noexcept { return allocate(n, usual); }
void* operator new(size_t n, align_val_t a, const nothrow_t&) noexcept {
  return allocate(n, number(a));
}
void* operator new[](size_t n, align_val_t a, const nothrow_t&) noexcept {
  return allocate(n, number(a));
}

void operator delete(void* p) noexcept { release(p); }
void operator delete[](void* p) noexcept { release(p); }
void operator delete(void* p, size_t) noexcept { release(p); }
void operator delete[](void* p, size_t) noexcept { release(p); }
void operator delete(void* p, align_val_t) noexcept { release(p); }
void operator delete[](void* p, align_val_t) noexcept { release(p); }
void operator delete(void* p, size_t, align_val_t) noexcept { release(p); }
void operator delete[](void* p, size_t, align_val_t) noexcept { release(p); }
void operator delete(void* p, const nothrow_t&) noexcept { release(p); }
void operator delete[](void* p, const nothrow_t&) noexcept { release(p); }
void operator delete(void* p, align_val_t, const nothrow_t&) noexcept { release(p); }
void operator delete[](void* p, align_val_t, const nothrow_t&) noexcept { release(p); }
