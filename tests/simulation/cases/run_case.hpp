// SPDX-License-Identifier: MIT OR Apache-2.0
// Runs a test case of tests/api, tests/behaviour or tests/regression on the simulated machine: each of
// its arrangements, which are the values of its generators and its sections, in several orders.
#pragma once

#include "../../support/catch.hpp"

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace micropool_test::cases {

// Registers a test case, unless left_out.cpp names it. Returns true, so that it can initialise.
bool add(void (*run)(), const char* file, std::size_t line, const char* name,
         const char* tags = "");

void run_case(void (*body)());

template <void (*Body)()>
void run_on_machine() {
  run_case(Body);
}

// One case for each type. `run_with` returns the function to run for a type.
template <class... Types, class F>
bool add_each(F run_with, const char* file, std::size_t line, const std::string& name,
              const char* tags) {
  int n = 0;
  const auto add_one = [&](void (*run)()) {
    return add(run, file, line, (name + ", type " + std::to_string(n++)).c_str(), tags);
  };
  return (add_one(run_with(std::type_identity<Types>())) && ...);
}

// Of the running execution: which of `n` values a generator has, and whether a section is entered.
std::size_t chosen_of(std::size_t n);
bool enters_section();

// The values of a generator: as many as are given, or a range of them.
template <class T>
struct all_of {
  std::vector<T> values;
};
template <class Range>
auto from_range(const Range& r) {
  return all_of<typename Range::value_type>{{r.begin(), r.end()}};
}
template <class T>
struct as {};

template <class T>
T pick(all_of<T> all) {
  return all.values[chosen_of(all.values.size())];
}
template <class First, class... Rest>
auto pick(First first, Rest... rest) {
  using value = std::conditional_t<std::is_same_v<First, const char*>, std::string, First>;
  const value all[] = {value(std::move(first)), value(std::move(rest))...};
  return all[chosen_of(1 + sizeof...(Rest))];
}
template <class T, class... Values>
T pick(as<T>, Values... values) {
  const T all[] = {T(std::move(values))...};
  return all[chosen_of(sizeof...(Values))];
}

// Whether f throws what `is_expected` accepts.
template <class Exception, class F>
bool throws(F&& f) {
  try {
    static_cast<void>(f());
  } catch (const Exception&) {
    return true;
  }
  return false;
}
template <class F>
bool throws_any(F&& f) {
  try {
    static_cast<void>(f());
  } catch (...) {
    return true;
  }
  return false;
}
template <class F, class Expected>
bool throws_with(F&& f, const Expected& expected) {
  try {
    static_cast<void>(f());
  } catch (const std::exception& e) {
    if constexpr (requires { expected.match(std::string()); }) {
      return expected.match(e.what());
    } else {
      return e.what() == std::string(expected);
    }
  }
  return false;
}

}  // namespace micropool_test::cases
