// SPDX-License-Identifier: MIT OR Apache-2.0
#include "stack_pool.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <new>
#include <string>
#include <system_error>
#include <utility>

namespace micropool::detail {
namespace {

// An unused stack, described at its own top.
struct unused {
  stack_memory memory;
  unused* next;
};

std::size_t page_size() noexcept {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

std::atomic<std::size_t> mapped{0};

stack_memory map(std::size_t size) {
  const std::size_t all = size + stack_guard_size;
  // Reserves nothing: most of a stack is never touched.
  void* const memory = ::mmap(nullptr, all, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED || ::mprotect(memory, stack_guard_size, PROT_NONE) != 0) {
    const int error = errno;
    if (memory != MAP_FAILED) ::munmap(memory, all);
    throw std::system_error(
        error, std::generic_category(),
        "micropool: no stack of " + std::to_string(size) + " bytes for a stackful task, where " +
            std::to_string(mapped.load(std::memory_order_relaxed)) +
            " exist; each one that waits has a stack, which takes two of the mappings that "
            "vm.max_map_count allows");
  }
  mapped.fetch_add(1, std::memory_order_relaxed);
  return {static_cast<std::byte*>(memory) + stack_guard_size, size};
}

void unmap(stack_memory s) noexcept {
  ::munmap(s.lowest - stack_guard_size, s.size + stack_guard_size);
  mapped.fetch_sub(1, std::memory_order_relaxed);
}

// A list that has at most `limit` stacks.
struct stack_list {
  unused* first = nullptr;
  std::size_t count = 0;
  std::size_t limit = 0;

  bool push(stack_memory s) noexcept {
    if (count >= limit) return false;
    first = ::new (s.top() - sizeof(unused)) unused{s, first};
    ++count;
    return true;
  }
  // The newest of that size, or none: nearly always the first is.
  stack_memory take(std::size_t size) noexcept {
    for (unused** link = &first; *link != nullptr; link = &(*link)->next) {
      if ((*link)->memory.size != size) continue;
      const stack_memory s = (*link)->memory;
      *link = (*link)->next;
      --count;
      return s;
    }
    return {};
  }
  // The newest, whatever its size.
  stack_memory take_any() noexcept {
    if (first == nullptr) return {};
    --count;
    return std::exchange(first, first->next)->memory;
  }
};

// Never destroyed: threads that outlive main's statics still give stacks back.
struct shared_store {
  std::mutex mutex;
  stack_list stacks{nullptr, 0, 1024};
};
constinit shared_store store;

constexpr std::size_t usual_limit_per_thread = 16;
struct thread_cache {
  stack_list stacks{nullptr, 0, usual_limit_per_thread};
  bool guarded = false;
};
[[gnu::tls_model("initial-exec")]] constinit thread_local thread_cache cache{};

void give_to_store(stack_memory s) noexcept {
  // What the next task touches first stays: most need no more.
  const std::size_t kept = page_size();
  if (s.size > kept) ::madvise(s.lowest, s.size - kept, MADV_DONTNEED);
  {
    const std::lock_guard lock(store.mutex);
    if (store.stacks.push(s)) return;
  }
  unmap(s);
}

void change_limit(std::size_t stacks) noexcept {
  cache.stacks.limit = stacks;
  while (cache.stacks.count > stacks) give_to_store(cache.stacks.take_any());
}

struct exit_guard {
  ~exit_guard() { change_limit(0); }  // from now on every stack goes on to the store at once
};

void guard_exit() noexcept {
  if (cache.guarded) return;
  cache.guarded = true;
  static thread_local exit_guard guard;
  static_cast<void>(guard);
}

}  // namespace

stack_memory take_stack(std::size_t size) {
  size = (size + page_size() - 1) / page_size() * page_size();
  if (const stack_memory s = cache.stacks.take(size); s.lowest != nullptr) return s;
  {
    const std::lock_guard lock(store.mutex);
    if (const stack_memory s = store.stacks.take(size); s.lowest != nullptr) return s;
  }
  return map(size);
}

void give_stack(stack_memory s) noexcept {
  guard_exit();
  if (!cache.stacks.push(s)) give_to_store(s);
}

bool is_guard_of(const stack_memory& s, const void* address) noexcept {
  const auto* const a = static_cast<const std::byte*>(address);
  return a < s.lowest && a >= s.lowest - stack_guard_size;
}

void set_stack_cache_limits(stack_cache_limits limits) noexcept {
  guard_exit();
  change_limit(limits.per_thread);
  for (;;) {
    stack_memory beyond;
    {
      const std::lock_guard lock(store.mutex);
      store.stacks.limit = limits.shared;
      if (store.stacks.count <= limits.shared) return;
      beyond = store.stacks.take_any();
    }
    unmap(beyond);
  }
}

stack_cache_use stack_cache_held() noexcept {
  const std::lock_guard lock(store.mutex);
  return {cache.stacks.count, store.stacks.count, mapped.load(std::memory_order_relaxed)};
}

}  // namespace micropool::detail
