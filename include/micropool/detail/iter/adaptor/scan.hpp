// SPDX-License-Identifier: MIT OR Apache-2.0
// The stage of scan(): the scans of chunks, and the array that they are joined into.
//
// Source: Blelloch, "Prefix Sums and Their Applications", 1990.
#pragma once

#include <micropool/detail/iter/algorithm/each_range.hpp>
#include <micropool/detail/iter/consumer/fold.hpp>
#include <micropool/detail/iter/reduction.hpp>
#include <micropool/iter/concepts.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace micropool::detail {

// A value in a vector. A vector of bool would have no elements to refer to.
template <class T>
struct scan_slot {
  T value;
};
// The scan of one chunk.
template <class T>
using scan_run = std::vector<scan_slot<T>>;

// Collects the scans of chunks, in order.
template <class T, class I, class Op>
struct scan_consumer {
  struct part {
    std::vector<scan_run<T>> full;
    scan_run<T> last;  // comes after all of `full`
  };
  static constexpr auto combines = combine_order::fixed_tree;
  static constexpr auto stops = early_exit::none;

  part identity() const { return {}; }
  template <class Item>
  bool accept(part& p, Item&& item) {
    if (p.last.empty()) {
      p.last.push_back({T(operate(op, make_identity<T>(make), std::forward<Item>(item)))});
    } else {
      const T& before = p.last.back().value;
      p.last.push_back({T(operate(op, before, std::forward<Item>(item)))});
    }
    return true;
  }
  void combine(part& left, part&& right) const {
    if (right.last.empty()) return;
    if (!left.last.empty()) left.full.push_back(std::move(left.last));
    for (auto& run : right.full) left.full.push_back(std::move(run));
    left.last = std::move(right.last);
  }
  std::vector<scan_run<T>> result(part&& p) const {
    if (!p.last.empty()) p.full.push_back(std::move(p.last));
    return std::move(p.full);
  }

  I& make;
  Op& op;
};

// All values in one array, made from the scans of chunks.
template <class T>
class scan_values {
public:
  explicit scan_values(std::vector<scan_run<T>> runs)
      : runs_(std::move(runs)), is_made_(runs_.size()) {
    begins_.reserve(runs_.size() + 1);
    begins_.push_back(0);
    for (const auto& run : runs_) begins_.push_back(begins_.back() + run.size());
    values_ = std::allocator<T>().allocate(size());
  }
  scan_values(const scan_values&) = delete;
  scan_values& operator=(const scan_values&) = delete;
  ~scan_values() {
    for (std::size_t k = 0; k != is_made_.size(); ++k) {
      if (is_made_[k] != 0) std::destroy(values_ + begins_[k], values_ + begins_[k + 1]);
    }
    std::allocator<T>().deallocate(values_, size());
  }

  std::size_t size() const noexcept { return begins_.back(); }
  T& operator[](std::size_t i) noexcept { return values_[i]; }

  template <class Op>
  task<> make(Op& op, const loop_settings& how) {
    std::vector<std::optional<T>> before(runs_.size());
    for (std::size_t k = 1; k < runs_.size(); ++k) {
      const T& last = runs_[k - 1].back().value;
      before[k].emplace(before[k - 1] ? T(operate(op, std::as_const(*before[k - 1]), last))
                                      : last);
    }
    auto make_runs = [&](std::size_t from, std::size_t to) {
      for (; from != to; ++from) make_run(from, before[from], op);
    };
    each_range making(chunking::per(runs_.size(), 1), make_runs, how.stop);
    if (how.background) {
      co_await making.run_in_background();
    } else {
      co_await run_of_loop(making);
    }
    making.rethrow();
    runs_ = {};
  }

private:
  template <class Op>
  void make_run(std::size_t k, const std::optional<T>& before, Op& op) {
    T* const begin = values_ + begins_[k];
    T* end = begin;
    try {
      for (auto& slot : runs_[k]) {
        if (before) {
          std::construct_at(end, operate(op, *before, std::as_const(slot.value)));
        } else {
          std::construct_at(end, std::move(slot.value));
        }
        ++end;
      }
    } catch (...) {
      std::destroy(begin, end);
      throw;
    }
    is_made_[k] = 1;
    runs_[k] = {};  // freed here, because both copies exist at the same time
  }

  std::vector<scan_run<T>> runs_;
  std::vector<unsigned char> is_made_;
  std::vector<std::size_t> begins_;
  T* values_;
};

template <stage Base, class I, class Op>
class scanned {
  using value = value_t<Base>;

public:
  static constexpr bool is_repeatable = false;

  scanned(Base&& b, I&& identity, Op&& op, const loop_settings& how)
      : base_(std::move(b)), identity_(std::move(identity)), op_(std::move(op)), how_(how) {}

  task<> prepare() {
    auto runs =
        co_await consume(std::move(base_), scan_consumer<value, I, Op>{identity_, op_}, how_);
    values_ = std::make_unique<scan_values<value>>(std::move(runs));
    co_await values_->make(op_, how_);
  }
  std::size_t size() const noexcept { return values_->size(); }
  value fetch(std::size_t i) { return std::move((*values_)[i]); }

private:
  Base base_;
  I identity_;
  Op op_;
  loop_settings how_;
  std::unique_ptr<scan_values<value>> values_;
};

}  // namespace micropool::detail
