// SPDX-License-Identifier: MIT OR Apache-2.0
// Stacks: whole pages above a guard, kept for reuse within limits, given back beyond them.
#include "work/stack_pool.hpp"

#include "catch.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace {

using micropool::detail::give_stack;
using micropool::detail::is_guard_of;
using micropool::detail::set_stack_cache_limits;
using micropool::detail::stack_cache_held;
using micropool::detail::stack_guard_size;
using micropool::detail::stack_memory;
using micropool::detail::take_stack;

constexpr std::size_t kib = 1024;

std::size_t page() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

std::size_t resident_pages(const stack_memory& s) {
  std::vector<unsigned char> here(s.size / page());
  REQUIRE(::mincore(s.lowest, s.size, here.data()) == 0);
  std::size_t n = 0;
  for (const unsigned char c : here) n += c & 1u;
  return n;
}

// Limits of its own, and nothing of other cases in the caches.
struct limits {
  limits(std::size_t per_thread, std::size_t shared) {
    set_stack_cache_limits({0, 0});
    set_stack_cache_limits({per_thread, shared});
  }
  ~limits() { set_stack_cache_limits({16, 1024}); }
};

}  // namespace

TEST_CASE("a stack can be written from its lowest byte to its top") {
  const limits l(4, 4);
  const stack_memory s = take_stack(64 * kib);
  CHECK(s.size == 64 * kib);
  std::memset(s.lowest, 0x5a, s.size);
  give_stack(s);
}

TEST_CASE("sizes are rounded up to whole pages") {
  const limits l(4, 4);
  const stack_memory s = take_stack(page() + 1);
  CHECK(s.size == 2 * page());
  give_stack(s);
}

TEST_CASE("what lies right below a stack is its guard and nothing else is") {
  const limits l(4, 4);
  const stack_memory s = take_stack(64 * kib);
  CHECK(is_guard_of(s, s.lowest - 1));
  CHECK(is_guard_of(s, s.lowest - stack_guard_size));
  CHECK_FALSE(is_guard_of(s, s.lowest));
  CHECK_FALSE(is_guard_of(s, s.lowest - stack_guard_size - 1));
  CHECK_FALSE(is_guard_of(s, s.top()));
  // The kernel refuses to read from it on our behalf.
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  CHECK(::write(ends[1], s.lowest - 1, 1) == -1);
  CHECK(::write(ends[1], s.lowest - stack_guard_size, 1) == -1);
  CHECK(::write(ends[1], s.lowest, 1) == 1);
  ::close(ends[0]);
  ::close(ends[1]);
  give_stack(s);
}

TEST_CASE("the stack given last is taken next") {
  const limits l(4, 4);
  const stack_memory a = take_stack(64 * kib);
  const stack_memory b = take_stack(64 * kib);
  give_stack(a);
  give_stack(b);
  CHECK(take_stack(64 * kib).lowest == b.lowest);
  CHECK(take_stack(64 * kib).lowest == a.lowest);
  give_stack(a);
  give_stack(b);
}

TEST_CASE("a stack of another size is not taken") {
  const limits l(4, 4);
  const stack_memory small = take_stack(64 * kib);
  const stack_memory large = take_stack(128 * kib);
  give_stack(large);
  give_stack(small);
  CHECK(take_stack(128 * kib).lowest == large.lowest);
  CHECK(stack_cache_held().this_thread == 1);
  give_stack(large);
}

TEST_CASE("a thread keeps as many stacks as it may and the store the next ones") {
  const limits l(2, 3);
  const std::size_t mapped = stack_cache_held().mapped;
  std::vector<stack_memory> all;
  for (int i = 0; i < 7; ++i) all.push_back(take_stack(64 * kib));
  CHECK(stack_cache_held().mapped == mapped + 7);
  for (const stack_memory& s : all) give_stack(s);
  const auto held = stack_cache_held();
  CHECK(held.this_thread == 2);
  CHECK(held.shared == 3);
  CHECK(held.mapped == mapped + 5);
}

TEST_CASE("the cache changes over to another stack size when that is the one in use") {
  const limits l(1, 2);
  const std::size_t mapped = stack_cache_held().mapped;
  const auto use = [](std::size_t size, int stacks) {
    std::vector<stack_memory> all;
    for (int i = 0; i < stacks; ++i) all.push_back(take_stack(size));
    for (const stack_memory& s : all) give_stack(s);
    return all;
  };
  use(64 * kib, 3);
  REQUIRE(stack_cache_held().mapped == mapped + 3);
  const std::vector<stack_memory> large = use(128 * kib, 3);
  CHECK(stack_cache_held().mapped == mapped + 3);
  // All three are kept, and nothing of the other size.
  std::vector<stack_memory> again;
  for (int i = 0; i < 3; ++i) again.push_back(take_stack(128 * kib));
  CHECK(stack_cache_held().mapped == mapped + 3);
  for (const stack_memory& s : again) {
    CHECK(std::any_of(large.begin(), large.end(),
                      [&](const stack_memory& l) { return l.lowest == s.lowest; }));
    give_stack(s);
  }
  CHECK(stack_cache_held().mapped == mapped + 3);
}

TEST_CASE("a size that was not used for long is found behind many stacks of another") {
  const limits l(0, 32);
  std::vector<stack_memory> all;
  for (int i = 0; i < 32; ++i) all.push_back(take_stack(64 * kib));
  for (const stack_memory& s : all) give_stack(s);
  all.clear();
  for (int i = 0; i < 20; ++i) all.push_back(take_stack(128 * kib));
  for (const stack_memory& s : all) give_stack(s);
  const std::size_t mapped = stack_cache_held().mapped;
  const stack_memory small = take_stack(64 * kib);
  CHECK(stack_cache_held().mapped == mapped);
  give_stack(small);
}

TEST_CASE("lower limits give back what is kept") {
  const limits l(4, 4);
  const std::size_t mapped = stack_cache_held().mapped;
  std::vector<stack_memory> all;
  for (int i = 0; i < 8; ++i) all.push_back(take_stack(64 * kib));
  for (const stack_memory& s : all) give_stack(s);
  set_stack_cache_limits({1, 1});
  const auto held = stack_cache_held();
  CHECK(held.this_thread == 1);
  CHECK(held.shared == 1);
  CHECK(held.mapped == mapped + 2);
}

TEST_CASE("what a stack in the store has touched goes back to the system but for its top") {
  const limits l(0, 4);
  const stack_memory s = take_stack(256 * kib);
  std::memset(s.lowest, 1, s.size);
  REQUIRE(resident_pages(s) == s.size / page());
  give_stack(s);
  CHECK(resident_pages(s) == 1);
}

TEST_CASE("a thread that ends leaves its stacks to the others") {
  const limits l(4, 4);
  stack_memory s;
  std::thread([&] {
    s = take_stack(64 * kib);
    give_stack(s);
  }).join();
  CHECK(stack_cache_held().shared == 1);
  CHECK(take_stack(64 * kib).lowest == s.lowest);
  give_stack(s);
}

TEST_CASE("a stack may be given back on another thread") {
  const limits l(4, 4);
  const stack_memory s = take_stack(64 * kib);
  std::thread([&] { give_stack(s); }).join();
  CHECK(take_stack(64 * kib).lowest == s.lowest);
  give_stack(s);
}

TEST_CASE("where the system has no more memory the message says how many stacks there are") {
  const limits l(0, 0);
  std::string text;
  try {
    // More than any address space has.
    static_cast<void>(take_stack(std::size_t{1} << 62));
  } catch (const std::system_error& e) {
    CHECK(e.code().value() == ENOMEM);
    text = e.what();
  }
  CHECK_THAT(text, micropool_test::contains("stackful"));
  CHECK_THAT(text, micropool_test::contains("vm.max_map_count"));
}
