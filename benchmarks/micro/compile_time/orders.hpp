// SPDX-License-Identifier: MIT OR Apache-2.0
// What both files of five pipelines are about.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

struct order {
  std::string customer;
  double price = 0;
  int quantity = 0;
  bool open = false;

  double total() const { return price * quantity; }
};

double open_total(const std::vector<order>& orders);
std::vector<std::string> customers_of_large_orders(const std::vector<order>& orders, double least);
void discount(std::vector<order>& orders, const std::vector<double>& factors);
std::optional<std::size_t> first_empty(const std::vector<order>& orders);
std::optional<std::pair<std::string, double>> dearest(const std::vector<order>& orders);
