// SPDX-License-Identifier: MIT OR Apache-2.0
#include <micropool/detail/sched/scope_control.hpp>

#include <micropool/detail/base/cpu.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

namespace micropool::detail {

// The free controls that no participant keeps: several lists, so that participants rarely meet, and
// rarely find nothing because another one holds the list that it has just taken.
struct scope_control_store {
  // Many at once, because they are never freed. Linked, so that a leak checker finds them all.
  struct block {
    block* next = nullptr;
    std::array<scope_control, 31> controls{};
  };

  struct alignas(cache_line) list {
    std::atomic<scope_control*> head;
    std::atomic<block*> blocks;  // that were made for it
  };

  static void put_back(std::atomic<scope_control*>& head, scope_control& first,
                       scope_control& last) noexcept {
    last.next_ = head.load(std::memory_order_relaxed);
    // [release: scope.store] the links, and what the last scopes did.
    while (!head.compare_exchange_weak(last.next_, &first, std::memory_order_release,
                                       std::memory_order_relaxed)) {
    }
  }

  static scope_control& end_of(scope_control& first) noexcept {
    scope_control* last = &first;
    while (last->next_ != nullptr) last = last->next_;
    return *last;
  }

  static scope_control* make(std::atomic<block*>& blocks) {
    auto* const made = new block;
    for (std::size_t i = 0; i + 1 < made->controls.size(); ++i) {
      made->controls[i].next_ = &made->controls[i + 1];
    }
    made->next = blocks.load(std::memory_order_relaxed);
    // [release: scope.store] whole before it can be found.
    while (!blocks.compare_exchange_weak(made->next, made, std::memory_order_release,
                                         std::memory_order_relaxed)) {
    }
    return made->controls.data();
  }

  // Takes all or none, so that the links need no protection against reuse.
  static scope_control* take_all(std::atomic<scope_control*>& head) noexcept {
    if (head.load(std::memory_order_relaxed) == nullptr) return nullptr;
    // [acquire: scope.store] the links, and what the last scopes did.
    return head.exchange(nullptr, std::memory_order_acquire);
  }

  // Puts back the controls that take_all() took beyond need: in their order, below the few that
  // were put back meanwhile.
  static void return_rest(std::atomic<scope_control*>& head, scope_control* rest) noexcept {
    while (rest != nullptr) {
      scope_control* none = nullptr;
      // [release: scope.store] as this thread found it.
      if (head.compare_exchange_strong(none, rest, std::memory_order_release,
                                       std::memory_order_relaxed)) {
        return;
      }
      if (scope_control* const late = take_all(head)) {
        end_of(*late).next_ = rest;
        rest = late;
      }
    }
  }

  static constexpr std::size_t list_count = 16;
  static std::size_t list_of(const void* holder) noexcept {
    return static_cast<std::size_t>(
        (reinterpret_cast<std::uintptr_t>(holder) * 0x9e37'79b9'7f4a'7c15u) >> 60);
  }

  static constinit inline std::array<list, list_count> lists{};
};

bool scope_control::set(std::uint64_t bit, std::uint32_t generation,
                        std::uint64_t& before) noexcept {
  before = word_.load(std::memory_order_relaxed);
  do {
    if (!is_open(before, generation)) return false;
  } while (!word_.compare_exchange_weak(before, before | bit, std::memory_order_relaxed));
  return true;
}

void scope_control::request_stop(std::uint32_t generation) noexcept {
  std::uint64_t before;
  if (!set(stop, generation, before)) {
    check_open("request_stop", before, generation);
    return;
  }
  // A thread that makes a source later sees the request.
  if ((before & stop) != 0 || (before & has_source) == 0) return;
  std::stop_source source(std::nostopstate);
  {
    const std::lock_guard lock(mutex_);
    const bool same = generation_of(word_.load(std::memory_order_relaxed)) == generation;
    if (same && source_ != nullptr) source = *source_;
  }
  // Outside the lock: this runs the user's callbacks.
  source.request_stop();
}

std::stop_token scope_control::stop_token(std::uint32_t generation) {
  std::uint64_t before;
  if (set(has_source, generation, before)) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t w = word_.load(std::memory_order_relaxed);
    if (generation_of(w) == generation) {
      if (source_ == nullptr) source_ = new std::stop_source;
      if ((w & stop) != 0) source_->request_stop();
      return source_->get_token();
    }
    before = w;
  }
  check_open("stop_token", before, generation);
  std::stop_source ended;
  ended.request_stop();
  return ended.get_token();
}

void scope_control::drop_source() noexcept {
  had_source_ = false;
  std::stop_source* source;
  {
    const std::lock_guard lock(mutex_);
    source = std::exchange(source_, nullptr);
  }
  delete source;
}

void scope_control::report_ended(const char* call, call_site at) {
  const std::string wrong =
      std::string("micropool::scope_ref::") + call + "() on a scope that has ended";
  if constexpr (MICROPOOL_DEBUG_CHECKS) {
    fail_misuse(wrong.c_str(),
                "use a scope_ref only while the body or a child of its scope runs; let a thread "
                "that is neither stop before, or wait for it in the body",
                at.where());
  }
  throw std::logic_error(
      wrong + "; use a scope_ref only while the body or a child of its scope runs");
}

void free_scope_controls::fetch() {
  using store = scope_control_store;
  const std::size_t own = store::list_of(this);
  scope_control* last = nullptr;
  for (std::size_t i = 0; last == nullptr && i < store::list_count; ++i) {
    last = store::take_all(store::lists[(own + i) % store::list_count].head);
  }
  if (last == nullptr) last = store::make(store::lists[own].blocks);
  first_ = last;
  for (count_ = 1; count_ < most / 2 && last->next_ != nullptr; ++count_) last = last->next_;
  store::return_rest(store::lists[own].head, std::exchange(last->next_, nullptr));
}

void free_scope_controls::give_all() noexcept {
  using store = scope_control_store;
  scope_control* const all = std::exchange(first_, nullptr);
  count_ = 0;
  if (all == nullptr) return;
  store::put_back(store::lists[store::list_of(this)].head, *all, store::end_of(*all));
}

}  // namespace micropool::detail
