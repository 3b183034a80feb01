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

namespace micropool::detail {
namespace {

// An unused stack, described at its own top.
struct unused {
  stack_memory memory;
  unused* newer;
  unused* older;
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
class stack_list {
public:
  constexpr explicit stack_list(std::size_t limit) noexcept : limit_(limit) {}

  std::size_t count() const noexcept { return count_; }
  void set_limit(std::size_t limit) noexcept { limit_ = limit; }
  bool is_over_limit() const noexcept { return count_ > limit_; }

  // Would push() return a stack of this size at once?
  bool refuses(std::size_t size) const noexcept {
    return count_ >= limit_ && (limit_ == 0 || oldest_->memory.size == size);
  }
  // Returns the stack that has no room: none, this one, or the oldest if that has another size, so
  // that the list goes over to the size that is in use.
  stack_memory push(stack_memory s) noexcept {
    if (refuses(s.size)) return s;
    const stack_memory out = count_ >= limit_ ? remove(*oldest_) : stack_memory{};
    auto* const u = ::new (s.top() - sizeof(unused)) unused{s, nullptr, newest_};
    (newest_ == nullptr ? oldest_ : newest_->newer) = u;
    newest_ = u;
    ++count_;
    return out;
  }
  // One of that size, or none. Nearly always the newest is; looks no further than at a few, for
  // each is memory of its own, and at the oldest, because of which push() may refuse this size.
  stack_memory take(std::size_t size) noexcept {
    int looks = 16;
    for (unused* u = newest_; u != nullptr && looks > 0; u = u->older, --looks) {
      if (u->memory.size == size) return remove(*u);
    }
    if (oldest_ != nullptr && oldest_->memory.size == size) return remove(*oldest_);
    return {};
  }
  stack_memory take_oldest() noexcept {
    return oldest_ == nullptr ? stack_memory{} : remove(*oldest_);
  }

private:
  stack_memory remove(unused& u) noexcept {
    (u.newer == nullptr ? newest_ : u.newer->older) = u.older;
    (u.older == nullptr ? oldest_ : u.older->newer) = u.newer;
    --count_;
    return u.memory;
  }

  unused* newest_ = nullptr;
  unused* oldest_ = nullptr;
  std::size_t count_ = 0;
  std::size_t limit_;
};

// Never destroyed: threads that outlive main's statics still give stacks back.
struct shared_store {
  std::mutex mutex;
  stack_list stacks{1024};
};
constinit shared_store store;

constexpr std::size_t usual_limit_per_thread = 16;
struct thread_cache {
  stack_list stacks{usual_limit_per_thread};
  bool guarded = false;
};
[[gnu::tls_model("initial-exec")]] constinit thread_local thread_cache cache{};

void give_to_store(stack_memory s) noexcept {
  const auto refused = [&] {
    const std::lock_guard lock(store.mutex);
    return store.stacks.refuses(s.size);
  };
  stack_memory beyond = s;
  if (!refused()) {
    // What the next task touches first stays: most need no more.
    const std::size_t kept = page_size();
    if (s.size > kept) ::madvise(s.lowest, s.size - kept, MADV_DONTNEED);
    const std::lock_guard lock(store.mutex);
    beyond = store.stacks.push(s);
  }
  if (beyond.lowest != nullptr) unmap(beyond);
}

void change_limit(std::size_t stacks) noexcept {
  cache.stacks.set_limit(stacks);
  while (cache.stacks.is_over_limit()) give_to_store(cache.stacks.take_oldest());
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
  const stack_memory beyond = cache.stacks.push(s);
  if (beyond.lowest != nullptr) give_to_store(beyond);
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
      store.stacks.set_limit(limits.shared);
      if (!store.stacks.is_over_limit()) return;
      beyond = store.stacks.take_oldest();
    }
    unmap(beyond);
  }
}

stack_cache_use stack_cache_held() noexcept {
  const std::lock_guard lock(store.mutex);
  return {cache.stacks.count(), store.stacks.count(), mapped.load(std::memory_order_relaxed)};
}

}  // namespace micropool::detail
