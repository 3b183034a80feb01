// SPDX-License-Identifier: MIT OR Apache-2.0
// What happens to exceptions that nothing can catch.
#include "../base/place.hpp"
#include "pool_state.hpp"

#include <micropool/error.hpp>

#include <cxxabi.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <typeinfo>
#include <utility>

namespace micropool {
namespace detail {
namespace {

// Names the exception that is being handled: "std::runtime_error: its text", or its type alone.
std::string text_of_current_exception() {
  std::string type_of = "that is not known";
  if (const std::type_info* const type = abi::__cxa_current_exception_type()) {
    const std::unique_ptr<char, decltype(&std::free)> readable(
        abi::__cxa_demangle(type->name(), nullptr, nullptr, nullptr), &std::free);
    type_of = readable != nullptr ? readable.get() : type->name();
  }
  try {
    throw;
  } catch (const std::exception& x) {
    return type_of + ": " + x.what();
  } catch (...) {
    return "an exception of the type " + type_of;
  }
}

void print(const std::string& line) noexcept {
  std::fputs(("micropool: " + line + "\n").c_str(), stderr);
}

}  // namespace

std::string name_of(const pool_state& pool) {
  const std::string& name = pool.options.thread_name;
  return name.empty() ? "a pool without name" : "the pool \"" + name + "\"";
}

void pool_state::report(std::exception_ptr e, const exception_origin& from) const noexcept {
  const auto of = [&] { return from.text() + " of " + name_of(*this); };
  if (options.on_unhandled_exception) {
    try {
      return options.on_unhandled_exception(std::move(e), from);
    } catch (...) {
      print("pool_options::on_unhandled_exception has thrown while it handled an exception of " +
            of() + ": " + text_of_current_exception());
      std::terminate();
    }
  }
  try {
    std::rethrow_exception(std::move(e));
  } catch (const operation_abandoned& x) {
    // The ordinary end of a coroutine whose handle is destroyed.
    print(of() + " has been abandoned: " + x.what());
  } catch (...) {
    const char* const instead =
        from.hook.empty() ? "catch it in the task; or keep the handle, and join or await it, which "
                            "throws the exception there"
                          : "catch it in the hook";
    print("unhandled exception in " + of() + ": " + text_of_current_exception() +
          "\n  what to do: " + instead + "; or set pool_options::on_unhandled_exception");
    // Called inside the handler, so that a terminate handler finds the exception.
    std::terminate();
  }
}

}  // namespace detail

std::string exception_origin::text() const {
  if (!hook.empty()) {
    return "pool_options::" + std::string(hook) + "(" + std::to_string(worker) + ")";
  }
  if (spawned_at.line() == 0) return "a background task";
  return "the task spawned at " + detail::text_of(spawned_at);
}

}  // namespace micropool
