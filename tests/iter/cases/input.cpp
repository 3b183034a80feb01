// SPDX-License-Identifier: MIT OR Apache-2.0
#include "input.hpp"

#include <algorithm>
#include <map>

namespace micropool_test {
namespace {

// One table for each of the sizes, made before a second thread could ask.
template <class T, class Make>
std::map<std::size_t, std::vector<T>> tables(Make make) {
  std::map<std::size_t, std::vector<T>> all;
  for (const std::size_t n : input_sizes) all.emplace(n, make(n));
  return all;
}

std::vector<int> random_numbers(std::size_t n) {
  std::vector<int> result;
  std::uint64_t x = 0x9e3779b97f4a7c15 + n;
  for (std::size_t i = 0; i < n; ++i) {
    x = x * 6364136223846793005u + 1442695040888963407u;  // Knuth's MMIX
    result.push_back(static_cast<int>((x >> 33) % 1999) - 999);
  }
  return result;
}

}  // namespace

const std::vector<int>& ints(std::size_t n) {
  static const auto all = tables<int>(random_numbers);
  return all.at(n);
}

const std::vector<int>& ascending(std::size_t n) {
  static const auto all = tables<int>([](std::size_t size) {
    std::vector<int> v = random_numbers(size);
    std::ranges::sort(v);
    return v;
  });
  return all.at(n);
}

const std::vector<std::string>& words(std::size_t n) {
  static const auto all = tables<std::string>([](std::size_t size) {
    std::vector<std::string> v;
    for (const int i : random_numbers(size)) v.push_back("number " + std::to_string(i));
    return v;
  });
  return all.at(n);
}

std::vector<std::unique_ptr<int>> pointers(std::size_t n) {
  std::vector<std::unique_ptr<int>> v;
  for (const int i : ints(n)) v.push_back(std::make_unique<int>(i));
  return v;
}

}  // namespace micropool_test
