// SPDX-License-Identifier: MIT OR Apache-2.0
// Which exceptions the running code has caught and which are in flight. The C++ runtime keeps that
// per thread; here it belongs to a stack, and moves with it.
//
// Itanium C++ ABI: Exception Handling, 2.2.2.
#pragma once

#include <cxxabi.h>

#include <cstring>

#if defined(_LIBCPPABI_VERSION)
// libc++abi exports this function of the ABI, but does not declare it.
namespace __cxxabiv1 {
struct __cxa_eh_globals;
extern "C" __cxa_eh_globals* __cxa_get_globals();
}  // namespace __cxxabiv1
#endif

namespace micropool::detail {

class eh_state {
public:
  // Exchanges this state and the thread's. Must be called twice on the same thread, before and
  // after a stretch on another stack.
  void swap() noexcept {
    void* const of_thread = static_cast<void*>(abi::__cxa_get_globals());
    contents here;
    std::memcpy(&here, of_thread, sizeof here);
    std::memcpy(of_thread, &kept_, sizeof kept_);
    kept_ = here;
  }

private:
  // The layout that the ABI prescribes.
  struct contents {
    void* caught = nullptr;       // the exceptions in whose handlers the code is, innermost first
    unsigned int uncaught = 0;    // std::uncaught_exceptions()
  };
  contents kept_;
};

}  // namespace micropool::detail
