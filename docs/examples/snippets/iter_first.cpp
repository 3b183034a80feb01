// SPDX-License-Identifier: MIT OR Apache-2.0
// Parallel iterators in a few lines: what README.md and the beginning of chapter 7 show.
#include <micropool/micropool.hpp>

#include <string>
#include <vector>

#include "check.hpp"

namespace mp = micropool;

// [snippet: orders]
struct order {
  std::string customer;
  double price = 0;
  bool open = false;
};

double outstanding(const std::vector<order>& orders) {
  return mp::par_iter(orders).filter(&order::open).map(&order::price).sum();
}
// [end]

// [snippet: loop]
void raise_prices(std::vector<order>& orders) {
  mp::par_iter(orders).for_each([](order& o) { o.price *= 1.02; });
}
// [end]

// [snippet: used_up]
void a_chain_is_used_up() {
  auto squares = mp::par_range(1, 5).map([](int i) { return i * i; });  // nothing has run yet
  check(std::move(squares).sum() == 30);                                // hence the move
}
// [end]

// [snippet: same_bits]
void the_same_bits_on_any_number_of_threads() {
  const auto fraction = [](int i) { return 1.0 / i; };
  const auto sum = [&] { return mp::par_range(1, 100'000).map(fraction).sum(); };
  mp::thread_pool none({.num_threads = 0});
  mp::thread_pool three({.num_threads = 3});
  const double alone = none.install(sum);
  check(three.install(sum) == alone);  // not nearly: exactly
}
// [end]

int main() {
  std::vector<order> orders{{"a", 1, true}, {"b", 2, false}, {"c", 4, true}};
  check(outstanding(orders) == 5);
  raise_prices(orders);
  check(orders[1].price == 2.04);
  a_chain_is_used_up();
  the_same_bits_on_any_number_of_threads();
}
