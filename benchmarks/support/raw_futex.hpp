// SPDX-License-Identifier: MIT OR Apache-2.0
// The least that waking a sleeping thread costs: one thread asleep in the kernel, one system call
// to wake it, nothing around it. The yardstick for cold joins; not an engine.
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <thread>
#include <type_traits>

namespace bench {

// A thread that sleeps until it is handed one function at a time.
class raw_futex_partner {
public:
  raw_futex_partner();
  raw_futex_partner(const raw_futex_partner&) = delete;
  raw_futex_partner& operator=(const raw_futex_partner&) = delete;
  ~raw_futex_partner();

  // Runs `theirs` on the partner and `mine` here; returns when both have ended.
  template <std::invocable Mine, std::invocable Theirs>
  void join(Mine&& mine, Theirs&& theirs) {
    hand_over([](void* f) { (*static_cast<std::remove_reference_t<Theirs>*>(f))(); }, &theirs);
    mine();
    wait_until_done();
  }

private:
  using function = void (*)(void*);

  void hand_over(function run, void* argument);
  void wait_until_done() const noexcept;
  void serve() noexcept;

  enum : std::uint32_t { called, done, ended };

  std::atomic<std::uint32_t> word_{done};
  function run_ = nullptr;
  void* argument_ = nullptr;
  std::thread thread_;
};

}  // namespace bench
