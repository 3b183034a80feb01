// SPDX-License-Identifier: MIT OR Apache-2.0
// Consumers that may end early, or compare.
#include <micropool/micropool.hpp>

#include <compare>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "check.hpp"

namespace mp = micropool;

namespace my {
template <class T>
class result {
public:
  explicit result(T v) : value_(std::move(v)) {}
  result(const char* error) : error_(error) {}
  bool ok() const { return error_ == nullptr; }
  T value() && { return *std::move(value_); }
  const char* error() && { return error_; }

private:
  std::optional<T> value_;
  const char* error_ = nullptr;
};
}  // namespace my

// As the comment of try_traits shows it.
template <class T>
struct micropool::try_traits<my::result<T>> {
  using output = T;                                      // what a success carries, or void
  template <class U> using with_output = my::result<U>;  // for try_collect
  static bool has_failed(const my::result<T>& r) { return !r.ok(); }
  static T output_of(my::result<T>&& r) { return std::move(r).value(); }
  static my::result<T> success(T&& output) { return my::result<T>(std::move(output)); }
  // A failed result as one of another output.
  template <class U> static my::result<U> failure(my::result<T>&& r) {
    return std::move(r).error();
  }
};

void results_of_a_type_of_ones_own() {
  const auto checked = [](int n) -> my::result<int> {
    if (n < 0) return "negative";
    return my::result<int>(n);
  };
  const std::vector<int> good{1, 2}, bad{1, -2};
  check(mp::par_iter(good).map(checked).try_collect<std::vector>().value().size() == 2);
  check(!mp::par_iter(bad).map(checked).try_collect<std::vector>().ok());
}

// [snippet: search]
void search() {
  const std::vector<int> v{3, 8, 5, 8, 1};
  const auto even = [](int n) { return n % 2 == 0; };

  mp::optional_ref<const int> found = mp::par_iter(v).find_first(even);
  check(found && &*found == &v[1]);  // the element itself
  check(&*mp::par_iter(v).find_last(even) == &v[3]);
  check(*mp::par_iter(v).find_any(even) == 8);  // whichever is seen first

  check(mp::par_iter(v).position_first(even) == 1);
  check(mp::par_iter(v).positions(even) == std::vector<std::size_t>{1, 3});
  check(mp::par_iter(v).any(even) && !mp::par_iter(v).all(even));

  const auto square_above_20 = [](int n) {
    return n * n > 20 ? std::optional(n * n) : std::nullopt;
  };
  check(mp::par_iter(v).find_map_first(square_above_20) == 64);
}
// [end]

// [snippet: order]
void order() {
  const std::vector<int> a{1, 2, 3}, b{1, 3};
  check(mp::par_iter(a).cmp(b) == std::strong_ordering::less);  // 2 < 3 decides
  check(mp::par_iter(a).lt(b) && mp::par_iter(a).ne(b));
  check(mp::par_iter(a).eq(mp::par_range(1, 4)));
  const auto last_digit = [](int n) { return n % 10; };
  check(mp::par_range(10).cmp_by_key(mp::par_range(20, 30), last_digit) == 0);

  check(mp::par_iter(a).is_sorted() && !mp::par_iter(a).all_equal());
}
// [end]

// [snippet: try]
std::optional<int> halved(int n) {
  return n % 2 == 0 ? std::optional(n / 2) : std::nullopt;  // fails for odd numbers
}
std::optional<int> added(int a, int b) {
  int sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::nullopt : std::optional(sum);
}

void results_that_may_be_failures() {
  const std::vector<int> even{2, 4, 6}, mixed{2, 3, 5};
  check(mp::par_iter(even).map(halved).try_collect<std::vector>() == std::vector{1, 2, 3});
  check(!mp::par_iter(mixed).map(halved).try_collect<std::vector>());

  check(mp::par_iter(even).try_reduce(0, added) == 12);
  check(!mp::par_repeat(2'000'000'000, 2).try_reduce(0, added));

  check(mp::par_iter(even).try_for_each([](int n) { return n < 7; }));  // false is a failure
}
// [end]

// [snippet: exceptions]
void the_lowest_exception() {
  const auto check_item = [](int n) {
    if (n % 1000 == 999) throw std::runtime_error("item " + std::to_string(n));
  };
  std::string what;
  try {
    mp::par_range(100'000).for_each(check_item);
  } catch (const std::runtime_error& error) {
    what = error.what();
  }
  check(what == "item 999");  // as a serial loop would have it, whatever ran first
}
// [end]

int main() {
  search();
  order();
  results_that_may_be_failures();
  results_of_a_type_of_ones_own();
  the_lowest_exception();
}
