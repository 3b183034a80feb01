// SPDX-License-Identifier: MIT OR Apache-2.0
// Five typical pipelines.
#include <micropool/iter.hpp>

#include "orders.hpp"

namespace mp = micropool;

double open_total(const std::vector<order>& orders) {
  return mp::par_iter(orders).filter(&order::open).map(&order::total).sum();
}

std::vector<std::string> customers_of_large_orders(const std::vector<order>& orders, double least) {
  return mp::par_iter(orders)
      .filter([least](const order& o) { return o.total() >= least; })
      .map([](const order& o) { return o.customer; })
      .collect<std::vector>();
}

void discount(std::vector<order>& orders, const std::vector<double>& factors) {
  mp::zip_eq(orders, factors).for_each([](order& o, double factor) { o.price *= factor; });
}

std::optional<std::size_t> first_empty(const std::vector<order>& orders) {
  return mp::par_iter(orders).position_first([](const order& o) { return o.quantity == 0; });
}

std::optional<std::pair<std::string, double>> dearest(const std::vector<order>& orders) {
  const auto found = mp::par_iter(orders).max_by_key(&order::total);
  if (!found) return std::nullopt;
  return std::pair(found->customer, found->total());
}
