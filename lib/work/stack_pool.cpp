// SPDX-License-Identifier: MIT OR Apache-2.0
#include "stack_pool.hpp"

#include "../base/thread_exit.hpp"
#include "store_locks.hpp"

#include <micropool/detail/sync/short_mutex.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
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
  unused* newer;
  unused* older;
};

std::size_t page_size() noexcept {
  // Not initialised by a guarded static variable: a thread that a child of fork() lacks may be in
  // the middle of that.
  static constinit std::atomic<std::size_t> known{0};
  std::size_t size = known.load(std::memory_order_relaxed);
  if (size == 0) [[unlikely]] {
    size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    known.store(size, std::memory_order_relaxed);
  }
  return size;
}

std::atomic<std::size_t> mapped{0};

stack_memory map(std::size_t size) {
  const std::size_t all = size + stack_guard_size;
  // Reserves no memory: most of a stack is never touched.
  void* const memory = ::mmap(nullptr, all, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED || ::mprotect(memory, stack_guard_size, PROT_NONE) != 0) {
    const int error = errno;
    if (memory != MAP_FAILED) ::munmap(memory, all);
    throw std::system_error(
        error, std::generic_category(),
        "micropool: no stack of " + std::to_string(size) + " bytes where " +
            std::to_string(mapped.load(std::memory_order_relaxed)) +
            " exist; each stackful task that waits has one, and blocked calls that stand on each "
            "other take one after the other; raise the limit of addresses (ulimit -v) or of "
            "mappings (vm.max_map_count, two for each stack), or wait in fewer places");
  }
  mapped.fetch_add(1, std::memory_order_relaxed);
  return {static_cast<std::byte*>(memory) + stack_guard_size, size};
}

void unmap(stack_memory s) noexcept {
  ::munmap(s.lowest - stack_guard_size, s.size + stack_guard_size);
  mapped.fetch_sub(1, std::memory_order_relaxed);
}

// A list of at most `limit` stacks.
class stack_list {
public:
  constexpr explicit stack_list(std::size_t limit) noexcept : limit_(limit) {}

  std::size_t count() const noexcept { return count_; }
  void set_limit(std::size_t limit) noexcept { limit_ = limit; }
  bool is_over_limit() const noexcept { return count_ > limit_; }

  // Returns true if push() would return a stack of this size at once.
  bool refuses(std::size_t size) const noexcept {
    return count_ >= limit_ && (limit_ == 0 || oldest_->memory.size == size);
  }
  // Returns the stack for which there is no room: none, this one, or the oldest if that has
  // another size, so that the list adapts to the size in use.
  stack_memory push(stack_memory s) noexcept {
    if (refuses(s.size)) return s;
    const stack_memory out = count_ >= limit_ ? remove(*oldest_) : stack_memory{};
    auto* const u = ::new (s.top() - sizeof(unused)) unused{s, nullptr, newest_};
    (newest_ == nullptr ? oldest_ : newest_->newer) = u;
    newest_ = u;
    ++count_;
    return out;
  }
  // Returns a stack of that size, or none. The newest nearly always fits. Checks only a few,
  // because each is memory of its own, and the oldest, because of which push() may refuse this
  // size.
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
struct shared_stacks {
  short_mutex mutex;
  stack_list stacks{1024};
};
constinit shared_stacks shared;

constexpr std::size_t usual_limit_per_thread = 16;
// Made when the thread has its first stack to keep. A pointer, as in frame_alloc.cpp.
[[gnu::tls_model("initial-exec")]] constinit thread_local stack_list* own_stacks = nullptr;

void give_to_store(stack_memory s) noexcept {
  const auto refused = [&] {
    const std::lock_guard lock(shared.mutex);
    return shared.stacks.refuses(s.size);
  };
  stack_memory beyond = s;
  if (!refused()) {
    // The topmost page, which the next task touches first, stays: most tasks need no more.
    const std::size_t kept = page_size();
    if (s.size > kept) ::madvise(s.lowest, s.size - kept, MADV_DONTNEED);
    const std::lock_guard lock(shared.mutex);
    beyond = shared.stacks.push(s);
  }
  if (beyond.lowest != nullptr) unmap(beyond);
}

void change_own_limit(std::size_t stacks) noexcept {
  own_stacks->set_limit(stacks);
  while (own_stacks->is_over_limit()) give_to_store(own_stacks->take_oldest());
}

void end_own_stacks() noexcept {
  change_own_limit(0);
  std::free(std::exchange(own_stacks, nullptr));
}

// Returns false if there is no memory for them; then every stack goes to the shared ones.
bool prepare_own_stacks() noexcept {
  if (own_stacks != nullptr) return true;
  void* const memory = std::malloc(sizeof(stack_list));
  if (memory == nullptr) return false;
  own_stacks = ::new (memory) stack_list(usual_limit_per_thread);
  at_thread_exit(exit_step::give_back_stacks, &end_own_stacks);
  return true;
}

}  // namespace

stack_memory take_stack(std::size_t size) {
  const std::size_t page = page_size();  // a power of two
  size = (size + page - 1) & ~(page - 1);
  if (own_stacks != nullptr) {
    if (const stack_memory s = own_stacks->take(size); s.lowest != nullptr) return s;
  }
  {
    const std::lock_guard lock(shared.mutex);
    if (const stack_memory s = shared.stacks.take(size); s.lowest != nullptr) return s;
  }
  return map(size);
}

void give_stack(stack_memory s) noexcept {
  if (!prepare_own_stacks()) return give_to_store(s);
  const stack_memory beyond = own_stacks->push(s);
  if (beyond.lowest != nullptr) give_to_store(beyond);
}

void give_used_stack(stack_memory s) noexcept { give_to_store(s); }

bool is_guard_of(const stack_memory& s, const void* address) noexcept {
  const auto* const a = static_cast<const std::byte*>(address);
  return a < s.lowest && a >= s.lowest - stack_guard_size;
}

void set_stack_cache_limits(stack_cache_limits limits) noexcept {
  if (prepare_own_stacks()) change_own_limit(limits.per_thread);
  for (;;) {
    stack_memory beyond;
    {
      const std::lock_guard lock(shared.mutex);
      shared.stacks.set_limit(limits.shared);
      if (!shared.stacks.is_over_limit()) return;
      beyond = shared.stacks.take_oldest();
    }
    unmap(beyond);
  }
}

void lock_stack_store() noexcept { shared.mutex.lock(); }
void unlock_stack_store() noexcept { shared.mutex.unlock(); }

stack_cache_use stack_cache_held() noexcept {
  const std::lock_guard lock(shared.mutex);
  return {own_stacks != nullptr ? own_stacks->count() : 0, shared.stacks.count(),
          mapped.load(std::memory_order_relaxed)};
}

}  // namespace micropool::detail
