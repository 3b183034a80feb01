// SPDX-License-Identifier: MIT OR Apache-2.0
// Which exceptions the present code has caught and which are on their way. The C++ runtime keeps
// that per thread; here it belongs to a stack, and moves with it.
//
// Itanium C++ ABI: Exception Handling, 2.2.2.
#pragma once

#include <cxxabi.h>

#include <cstring>
#include <utility>

namespace micropool::detail {

class eh_state {
public:
  // Makes this state the thread's, and keeps the thread's instead. To be called twice on the same
  // thread, around a stretch on another stack.
  void swap() noexcept {
    void* const of_thread = static_cast<void*>(abi::__cxa_get_globals());
    contents here;
    std::memcpy(&here, of_thread, sizeof here);
    std::memcpy(of_thread, &kept_, sizeof kept_);
    kept_ = here;
  }

private:
  // What the ABI says stands there.
  struct contents {
    void* caught = nullptr;       // the exceptions in whose handlers the code is, innermost first
    unsigned int uncaught = 0;    // std::uncaught_exceptions()
  };
  contents kept_;
};

}  // namespace micropool::detail
