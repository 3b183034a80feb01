// SPDX-License-Identifier: MIT OR Apache-2.0
#include "failing_allocations.hpp"

#include <cstdlib>

namespace micropool_test {

std::atomic<long> before_failure{-1};
std::atomic<bool> has_failed{false};
std::size_t smallest_counted = 0;

}  // namespace micropool_test

namespace {

using micropool_test::before_failure;
using micropool_test::has_failed;
using micropool_test::smallest_counted;

void* allocate(std::size_t n, std::size_t alignment) noexcept {
  if (n >= smallest_counted && before_failure.load() >= 0 && before_failure.fetch_sub(1) == 0) {
    has_failed = true;
    return nullptr;
  }
  if (n == 0) n = 1;
  if (alignment <= alignof(std::max_align_t)) return std::malloc(n);
  return std::aligned_alloc(alignment, (n + alignment - 1) / alignment * alignment);
}
void* allocate_or_throw(std::size_t n, std::size_t alignment) {
  if (void* p = allocate(n, alignment)) return p;
  throw std::bad_alloc();
}
constexpr std::size_t usual = alignof(std::max_align_t);

}  // namespace

void* operator new(std::size_t n) { return allocate_or_throw(n, usual); }
void* operator new(std::size_t n, std::align_val_t a) {
  return allocate_or_throw(n, static_cast<std::size_t>(a));
}
void* operator new(std::size_t n, const std::nothrow_t&) noexcept { return allocate(n, usual); }
void* operator new(std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
  return allocate(n, static_cast<std::size_t>(a));
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
