// SPDX-License-Identifier: MIT OR Apache-2.0
// scope_control: the part of a scope that a scope_ref may access even after the scope has ended.
#pragma once

#include <micropool/detail/base/call_site.hpp>
#include <micropool/detail/base/cpu.hpp>
#include <micropool/detail/base/macros.hpp>
#include <micropool/detail/sync/short_mutex.hpp>

#include <atomic>
#include <cstdint>
#include <stop_token>

namespace micropool::detail {

struct participant;
struct scope_data;

// Memory of controls is never freed, only reused by other scopes. So a scope_ref that has outlived
// its scope still reads a control, and finds by the generation that the scope has ended.
//
//   word:  | generation (32) | stop requested (1) | has a stop source (1) | tokens (30) |
//
// K1  The generation belongs to one scope from its opening until its owner closes it, which
//     increments it (end_if_only_mine() or close()). The scope has ended once no token is left, which
//     may be earlier. A scope_ref adds a token only if the generation is its own and at least one
//     token is left, both checked in one step; so an ended scope gets no child.
// K2  A stop source is created and copied under the lock, after a check of the generation. It is
//     taken away under the lock, after the generation has moved.
class MICROPOOL_API scope_control {
public:
  // Opener, before any other thread knows the scope.
  std::uint32_t open(scope_data& s, std::uint32_t tokens) noexcept {
    const std::uint64_t w = word_.load(std::memory_order_relaxed);
    scope_ = &s;
    // A plain store suffices: late stop requests and forks of an earlier scope change the word only
    // if they find their own generation with a token left, and now there is none.
    // [release: scope.open] after the scope's address.
    word_.store((w & ~below_generation) | tokens, std::memory_order_release);
    return generation_of(w);
  }
  // Owner of the scope, after all parts have ended. Moves the generation, unless end_if_only_mine()
  // has done so, and frees the stop source.
  void close(std::uint32_t generation) noexcept {
    const std::uint64_t w = word_.load(std::memory_order_relaxed);
    if (generation_of(w) == generation) {
      word_.store(next_generation(w), std::memory_order_relaxed);
      had_source_ = (w & has_source) != 0;
    }
    if (had_source_) [[unlikely]] drop_source();
  }

  // Adds tokens. The caller must hold one, which keeps the scope open meanwhile.
  void add(std::uint32_t n = 1) noexcept { word_.fetch_add(n, std::memory_order_relaxed); }
  // Returns n tokens. The result is true if they were the last ones.
  // LAST TOUCH: after a false return the scope may be gone.
  bool arrive(std::int64_t n = 1) noexcept {
    // [acq_rel: join.end] what each part wrote is visible to the thread that returns the last
    // token.
    const std::uint64_t w =
        word_.fetch_sub(static_cast<std::uint64_t>(n), std::memory_order_acq_rel);
    return (w & all_tokens) == static_cast<std::uint64_t>(n);
  }
  // Returns true if the caller's n tokens are the only ones. Then the scope has ended, and no child
  // can be added any more.
  bool end_if_only_mine(std::int64_t n) noexcept {
    std::uint64_t w = word_.load(std::memory_order_relaxed);
    do {
      if ((w & all_tokens) != static_cast<std::uint64_t>(n)) return false;
      had_source_ = (w & has_source) != 0;
      // [acquire: join.end] what the ended parts wrote is visible.
    } while (!word_.compare_exchange_weak(w, next_generation(w), std::memory_order_acquire,
                                          std::memory_order_relaxed));
    return true;
  }

  // The following are called through a scope_ref, by any thread, at any time.
  // Adds a token, which keeps the scope open. Reports use of a scope that has ended.
  scope_data& enter(std::uint32_t generation, call_site at) {
    std::uint64_t w = word_.load(std::memory_order_relaxed);
    do {
      if (!is_open(w, generation)) [[unlikely]] report_ended("fork", at);
      // [acquire: scope.open] the scope at that address is initialised.
    } while (!word_.compare_exchange_weak(w, w + 1, std::memory_order_acquire,
                                          std::memory_order_relaxed));
    return *scope_;
  }
  // Also returns true for a scope that is closed: its children have no work left to do. One
  // comparison: above bit 31 stands the generation, at it the request.
  bool stop_requested(std::uint32_t generation) const noexcept {
    const std::uint64_t w = word_.load(std::memory_order_relaxed);
    check_open("stop_requested", w, generation);
    return w >> 31 != std::uint64_t{generation} << 1;
  }
  void request_stop(std::uint32_t generation) noexcept;
  std::stop_token stop_token(std::uint32_t generation);

private:
  friend class free_scope_controls;
  friend struct scope_control_store;
  static constexpr std::uint64_t all_tokens = (std::uint64_t{1} << 30) - 1;
  static constexpr std::uint64_t has_source = std::uint64_t{1} << 30;
  static constexpr std::uint64_t stop = std::uint64_t{1} << 31;
  static constexpr std::uint64_t one_generation = std::uint64_t{1} << 32;
  static constexpr std::uint64_t below_generation = one_generation - 1;

  static std::uint32_t generation_of(std::uint64_t w) noexcept {
    return static_cast<std::uint32_t>(w >> 32);
  }
  static std::uint64_t next_generation(std::uint64_t w) noexcept {
    return (w & ~below_generation) + one_generation;
  }
  static bool is_open(std::uint64_t w, std::uint32_t generation) noexcept {
    return generation_of(w) == generation && (w & all_tokens) != 0;
  }
  static void check_open(const char* call, std::uint64_t w, std::uint32_t generation) noexcept {
    if constexpr (MICROPOOL_DEBUG_CHECKS) {
      if (!is_open(w, generation)) report_ended(call, {});
    }
  }
  // With debug checks ends the program; otherwise throws std::logic_error.
  [[noreturn]] MICROPOOL_COLD static void report_ended(const char* call, call_site at);
  // Sets the bit if the scope is open; returns false if it has ended. `before` receives the word as
  // it was.
  bool set(std::uint64_t bit, std::uint32_t generation, std::uint64_t& before) noexcept;
  void drop_source() noexcept;

  alignas(cache_line) std::atomic<std::uint64_t> word_{0};
  scope_data* scope_ = nullptr;
  bool had_source_ = false;  // whether the ended scope had a stop source; the owner's
  short_mutex mutex_;        // guards the source
  std::stop_source* source_ = nullptr;
  scope_control* next_ = nullptr;  // link among the free ones
};

// One participant's cache of free controls. Its own thread only.
class MICROPOOL_API free_scope_controls {
public:
  free_scope_controls() = default;
  free_scope_controls(const free_scope_controls&) = delete;
  free_scope_controls& operator=(const free_scope_controls&) = delete;
  ~free_scope_controls() { give_all(); }

  // Throws std::bad_alloc.
  scope_control& take() {
    if (first_ == nullptr) [[unlikely]] fetch();
    scope_control& c = *first_;
    first_ = c.next_;
    --count_;
    return c;
  }
  void give(scope_control& c) noexcept {
    c.next_ = first_;
    first_ = &c;
    if (++count_ >= most) [[unlikely]] give_all();
  }

private:
  static constexpr std::uint32_t most = 64;
  void fetch();
  void give_all() noexcept;

  scope_control* first_ = nullptr;
  std::uint32_t count_ = 0;
};

}  // namespace micropool::detail
