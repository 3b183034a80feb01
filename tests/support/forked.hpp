// SPDX-License-Identifier: MIT OR Apache-2.0
// Runs a function in a child of fork(), as a copy of this process with one thread.
#pragma once

#include <sys/wait.h>
#include <unistd.h>
#include <chrono>
#include <csignal>
#include <exception>
#include <stdexcept>
#include <thread>

namespace micropool_test {

inline constexpr int hangs = -SIGKILL;
inline constexpr int throws = 99;

// For the child itself, where fork() is called deep inside of something. Does not return there.
template <class F>
[[noreturn]] void end_child_with(F f) noexcept {
  int result = throws;
  try {
    result = f();
  } catch (...) {
  }
  ::_exit(result);
}

// What the child has returned; the negative signal if one has ended it. A child that has not ended
// after a minute hangs.
inline int result_of_child(pid_t child) {
  if (child < 0) throw std::runtime_error("fork");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) != child) {
    if (std::chrono::steady_clock::now() > deadline) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return hangs;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

template <class F>
int in_child(F f) {
  const pid_t child = ::fork();
  if (child == 0) end_child_with(f);
  return result_of_child(child);
}

}  // namespace micropool_test
