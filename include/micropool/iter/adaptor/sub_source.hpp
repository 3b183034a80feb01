// SPDX-License-Identifier: MIT OR Apache-2.0
// sub_source: some neighbouring items of a stage as one item.
#pragma once

#include <micropool/detail/iter/stage.hpp>
#include <micropool/iter/concepts.hpp>

#include <cstddef>
#include <iterator>
#include <ranges>

namespace micropool {

/// What chunks(n) yields. A range-for over it fetches the items one by one; par_iter() accepts it
/// too.
///
/// Each dereference of an iterator fetches the item, which moves an element out of a container that
/// the source owns, and calls the function of map. So dereference once for each item, unless items
/// can be fetched again. Copies are cheap, and share the items.
/// Threads: any, as for the source; each position by one of them.
/// Lifetime: must not be used after the body that it is passed to, because it refers into the loop.
template <indexed_stage Base>
class sub_source {
public:
  /// Whether items can be fetched again.
  static constexpr bool is_repeatable = detail::repeatable_stage<Base>;

  class iterator;

  /// Refers to `size` items of a stage.
  sub_source(Base& of, std::size_t first, std::size_t size) noexcept
      : base_(&of), first_(first), size_(size) {}

  /// Returns the number of items.
  std::size_t size() const noexcept { return size_; }
  /// Returns item i.
  item_t<Base> fetch(std::size_t i) const { return base_->fetch(first_ + i); }

  /// Returns an iterator at the first item.
  iterator begin() const noexcept { return iterator(base_, first_); }
  /// Returns an iterator behind the last item.
  iterator end() const noexcept { return iterator(base_, first_ + size_); }

private:
  Base* base_;
  std::size_t first_;
  std::size_t size_;
};

template <indexed_stage Base>
class sub_source<Base>::iterator {
public:
  using iterator_concept = std::input_iterator_tag;
  using value_type = value_t<Base>;
  using difference_type = std::ptrdiff_t;

  iterator() noexcept = default;
  iterator(Base* of, std::size_t at) noexcept : base_(of), at_(at) {}

  item_t<Base> operator*() const { return base_->fetch(at_); }
  iterator& operator++() noexcept {
    ++at_;
    return *this;
  }
  void operator++(int) noexcept { ++at_; }
  bool operator==(const iterator& other) const noexcept { return at_ == other.at_; }

private:
  Base* base_ = nullptr;
  std::size_t at_ = 0;
};

}  // namespace micropool

// It owns no items, and its iterators do not need it.
template <micropool::indexed_stage Base>
inline constexpr bool std::ranges::enable_borrowed_range<micropool::sub_source<Base>> = true;
template <micropool::indexed_stage Base>
inline constexpr bool std::ranges::enable_view<micropool::sub_source<Base>> = true;
