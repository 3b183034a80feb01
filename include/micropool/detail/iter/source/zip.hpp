// SPDX-License-Identifier: MIT OR Apache-2.0
// The stage of zip_eq(), zip_min() and zip_max().
#pragma once

#include <micropool/detail/base/passkey.hpp>
#include <micropool/detail/iter/source/as_source.hpp>
#include <micropool/detail/iter/source/bad_argument.hpp>
#include <micropool/detail/iter/stage.hpp>
#include <micropool/iter/optional_item.hpp>
#include <micropool/iter/parallel_iterator.hpp>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace micropool::detail {

enum class zip_length { equal, shortest, longest };

template <zip_length Length, indexed_stage... Parts>
class zipped {
  static constexpr auto each = std::index_sequence_for<Parts...>{};
  static constexpr bool has_prepared_part = (prepared_stage<Parts> || ...);

  template <class Item>
  using seen_t = std::conditional_t<Length == zip_length::longest, optional_item<Item>, Item>;

public:
  using item = std::tuple<seen_t<item_t<Parts>>...>;
  using item_type = item;
  static constexpr bool is_repeatable = (repeatable_stage<Parts> && ...);
  static constexpr bool is_view = (view_stage<Parts> && ...);

  explicit zipped(std::in_place_t, Parts&&... parts) : parts_(std::move(parts)...) {
    if constexpr (!has_prepared_part) require_sizes();
  }

  std::size_t size() const {
    return std::apply(
        [](const Parts&... p) {
          constexpr bool longest = Length == zip_length::longest;
          const auto sizes = {static_cast<std::size_t>(p.size())...};
          return longest ? std::max(sizes) : std::min(sizes);
        },
        parts_);
  }
  item fetch(std::size_t i) { return fetch_each(parts_, i, each); }

  std::size_t positions() const
    requires is_view
  {
    return size();
  }
  no_local make_local() const noexcept
    requires is_view
  {
    return {};
  }
  template <class Sink>
  bool feed(no_local&, std::size_t first, std::size_t last, Sink& sink) {
    auto parts = parts_;  // a copy: see view_stage
    for (std::size_t i = first; i < last; ++i) {
      if (!sink(fetch_each(parts, i, each))) return false;
    }
    return true;
  }

  // Prepares one part after the other; each of them may do so in parallel.
  task<> prepare()
    requires has_prepared_part
  {
    co_await prepare_from<0>();
    require_sizes();
  }
  // The loop ends as soon as one of its parts has ended.
  bool has_ended() const
    requires(ending_stage<Parts> || ...)
  {
    return std::apply([](const Parts&... p) { return (has_part_ended(p) || ...); }, parts_);
  }

private:
  template <std::size_t... I>
  MICROPOOL_ALWAYS_INLINE static item fetch_each(std::tuple<Parts...>& parts, std::size_t i,
                                                 std::index_sequence<I...>) {
    return item{fetch_of(std::get<I>(parts), i)...};
  }
  template <class Part>
  MICROPOOL_ALWAYS_INLINE static seen_t<item_t<Part>> fetch_of(Part& p, std::size_t i) {
    if constexpr (Length == zip_length::longest) {
      if (i >= static_cast<std::size_t>(p.size())) return std::nullopt;
    }
    return p.fetch(i);
  }

  template <std::size_t I>
  task<> prepare_from() {
    if constexpr (prepared_stage<std::tuple_element_t<I, std::tuple<Parts...>>>) {
      co_await std::get<I>(parts_).prepare();
    }
    if constexpr (I + 1 < sizeof...(Parts)) co_await prepare_from<I + 1>();
  }

  template <class Part>
  static bool has_part_ended(const Part& p) {
    if constexpr (ending_stage<Part>) {
      return p.has_ended();
    } else {
      return false;
    }
  }

  void require_sizes() const {
    if constexpr (Length == zip_length::equal) {
      std::apply(
          [](const Parts&... p) { require_equal({static_cast<std::size_t>(p.size())...}); },
          parts_);
    }
  }
  static void require_equal(std::initializer_list<std::size_t> sizes) {
    const std::size_t first = *sizes.begin();
    if (std::all_of(sizes.begin(), sizes.end(), [&](std::size_t n) { return n == first; })) return;
    std::string all;
    for (const std::size_t n : sizes) all += (all.empty() ? "" : ", ") + std::to_string(n);
    throw_bad_argument("zip_eq", "the sizes differ: " + all + "; zip_min and zip_max allow that");
  }

  std::tuple<Parts...> parts_;
};

template <class R>
inline constexpr bool is_async_source = false;
template <class Stage>
inline constexpr bool is_async_source<parallel_iterator<Stage, true>> = true;

// Takes the settings of a source, unless an earlier source had any.
template <class R>
void take_settings(loop_settings& how, R& source) {
  if constexpr (is_parallel_iterator<R>) {
    if (how.pieces == split() && !how.stop.stop_possible() && !how.background) {
      how = source.opened(passkey()).settings;
    }
  }
}

template <zip_length Length, class... Sources>
auto zip(Sources&&... sources) {
  using stage_type = zipped<Length, source_of_t<Sources>...>;
  loop_settings how;
  (take_settings(how, sources), ...);
  return parallel_iterator<stage_type, (is_async_source<std::remove_cvref_t<Sources>> || ...)>(
      stage_type(std::in_place, as_source(std::forward<Sources>(sources))...), std::move(how));
}

}  // namespace micropool::detail
