// SPDX-License-Identifier: MIT OR Apache-2.0
// The five pipelines in plain loops.
#include <algorithm>

#include "orders.hpp"

double open_total(const std::vector<order>& orders) {
  double sum = 0;
  for (const order& o : orders) {
    if (o.open) sum += o.total();
  }
  return sum;
}

std::vector<std::string> customers_of_large_orders(const std::vector<order>& orders, double least) {
  std::vector<std::string> customers;
  for (const order& o : orders) {
    if (o.total() >= least) customers.push_back(o.customer);
  }
  return customers;
}

void discount(std::vector<order>& orders, const std::vector<double>& factors) {
  for (std::size_t i = 0; i < orders.size(); ++i) orders[i].price *= factors[i];
}

std::optional<std::size_t> first_empty(const std::vector<order>& orders) {
  const auto found = std::ranges::find(orders, 0, &order::quantity);
  if (found == orders.end()) return std::nullopt;
  return static_cast<std::size_t>(found - orders.begin());
}

std::optional<std::pair<std::string, double>> dearest(const std::vector<order>& orders) {
  const auto found = std::ranges::max_element(orders, {}, &order::total);
  if (found == orders.end()) return std::nullopt;
  return std::pair(found->customer, found->total());
}
