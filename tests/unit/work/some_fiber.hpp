// SPDX-License-Identifier: MIT OR Apache-2.0
// A fiber without an engine: the test is its host.
#pragma once

#include <micropool/detail/work/fiber.hpp>

#include <cstddef>
#include <functional>
#include <source_location>
#include <thread>
#include <utility>

namespace micropool_test {

// A fiber that runs a function, whose host is never resumed.
class some_fiber {
public:
  explicit some_fiber(std::function<void(some_fiber&)> f, std::size_t stack = std::size_t{64} << 10)
      : code_(std::move(f)), fiber_(host_, stack, &call, this, std::source_location::current()) {}

  bool run() { return fiber_.run(); }
  // Inside.
  void pause() { fiber_.wait(nothing_); }
  micropool::detail::fiber& get() { return fiber_; }
  micropool::detail::fiber_wait& nothing() { return nothing_; }

private:
  static void call(void* self) noexcept {
    auto& s = *static_cast<some_fiber*>(self);
    s.code_(s);
  }

  std::function<void(some_fiber&)> code_;
  micropool::detail::frame host_;
  micropool::detail::fiber_wait nothing_{nullptr, nullptr};
  micropool::detail::fiber fiber_;
};

inline void run_on_another_thread(some_fiber& f) {
  std::thread([&] { f.run(); }).join();
}

}  // namespace micropool_test
