// SPDX-License-Identifier: MIT OR Apache-2.0
// Sources of one's own.
#include <micropool/micropool.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "check.hpp"

namespace mp = micropool;

// [snippet: matrix]
struct matrix {
  std::size_t rows = 0, columns = 0;
  std::vector<double> cells = std::vector<double>(rows * columns);
};

// The cells of one column from top to bottom.
class column {
public:
  column(matrix& of, std::size_t number) : of_(&of), number_(number) {}

  std::size_t size() const { return of_->rows; }
  double& fetch(std::size_t row) const { return of_->cells[row * of_->columns + number_]; }

private:
  matrix* of_;
  std::size_t number_;
};

double double_and_add(matrix& m, std::size_t number) {
  mp::par_iter(column(m, number)).for_each([](double& cell) { cell *= 2; });
  return mp::par_iter(column(m, number)).rev().sum();
}
// [end]

// [snippet: handed_out]
// Hands its strings out by moving from them. That is right, because each position is fetched once
// at most, and because nothing says `is_repeatable`.
struct letters {
  std::vector<std::string> waiting;

  std::size_t size() const { return waiting.size(); }
  std::string fetch(std::size_t i) { return std::move(waiting[i]); }
};
// [end]

// [snippet: repeatable]
// Yields the same as often as it is asked, and says so: cycle() and array_windows() want to know.
struct squares {
  static constexpr bool is_repeatable = true;
  std::size_t n;

  std::size_t size() const { return n; }
  std::size_t fetch(std::size_t i) const { return i * i; }
};

std::size_t eight_of_three() {
  return mp::par_iter(squares{3}).cycle().take(8).sum();  // 0 1 4 0 1 4 0 1
}
// [end]

int main() {
  matrix m{3, 2};
  m.cells = {1, 2, 3, 4, 5, 6};
  check(double_and_add(m, 1) == 24);
  check(m.cells == std::vector<double>{1, 4, 3, 8, 5, 12});
  const auto all =
      mp::par_iter(letters{{"a", "b"}}).chain(letters{{"c"}}).collect<std::vector<std::string>>();
  check(all == std::vector<std::string>{"a", "b", "c"});
  check(eight_of_three() == 11);
}
