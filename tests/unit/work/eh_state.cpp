// SPDX-License-Identifier: MIT OR Apache-2.0
// Exceptions that are being handled or are on their way belong to a stack, not to the thread.
#include "work/eh_state.hpp"

#include "catch.hpp"

#include <exception>
#include <stdexcept>
#include <string>

using micropool::detail::eh_state;

namespace {

std::string caught_now() {
  try {
    throw;
  } catch (const std::runtime_error& e) {
    return e.what();
  }
}

// Calls f while an exception is on its way through it.
template <class F>
void while_unwinding(F f) {
  struct call_at_end {
    F& f;
    ~call_at_end() { f(); }
  };
  try {
    const call_at_end at_end{f};
    throw std::runtime_error("unwinding");
  } catch (const std::runtime_error&) {
  }
}

}  // namespace

TEST_CASE("a new state has nothing caught and nothing on its way") {
  eh_state other;
  try {
    throw std::runtime_error("outside");
  } catch (const std::runtime_error&) {
    other.swap();
    const bool nothing = std::current_exception() == nullptr;
    other.swap();
    CHECK(nothing);
    CHECK(caught_now() == "outside");
  }
}

TEST_CASE("what is caught in one state can be thrown again after the other has caught and thrown") {
  eh_state other;
  try {
    throw std::runtime_error("outside");
  } catch (const std::runtime_error&) {
    other.swap();
    try {
      throw std::runtime_error("inside");
    } catch (const std::runtime_error&) {
      other.swap();
      CHECK(caught_now() == "outside");
      other.swap();
      CHECK(caught_now() == "inside");
    }
    other.swap();
    CHECK(caught_now() == "outside");
  }
}

TEST_CASE("uncaught exceptions are counted per state") {
  eh_state other;
  int inside = -1;
  int outside = -1;
  while_unwinding([&] {
    other.swap();
    inside = std::uncaught_exceptions();
    other.swap();
    outside = std::uncaught_exceptions();
  });
  CHECK(inside == 0);
  CHECK(outside == 1);
  CHECK(std::uncaught_exceptions() == 0);
}
