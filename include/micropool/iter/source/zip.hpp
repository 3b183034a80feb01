// SPDX-License-Identifier: MIT OR Apache-2.0
// zip_eq, zip_min, zip_max: the items of several sources side by side.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/source/as_source.hpp>
#include <micropool/detail/iter/source/zip.hpp>

#include <utility>

namespace micropool {

/// A source that can be zipped: it has one item for each position.
template <class R>
concept zippable = par_iterable<R> && indexed_stage<detail::source_of_t<R>>;

namespace detail {

template <class... Sources>
inline constexpr bool all_zippable = sizeof...(Sources) > 0 && (zippable<Sources> && ...);

}  // namespace detail

/// Yields tuples of one item of each source, which have the same size. A source is anything that
/// par_iter() accepts and that has one item for each position; a parallel iterator is passed as an
/// rvalue. A callable may take the tuple, or its elements as separate arguments.
///
/// ```cpp
/// mp::zip_eq(a, b, sums).for_each([](double x, double y, double& sum) { sum = x + y; });
/// ```
///
/// The settings are those of the first source that has any; the result is async if a source is.
/// Errors: zip_eq() throws std::invalid_argument, with the sizes, if they differ: at once, or when
/// the loop begins if a source has to be prepared before its size is known.
template <class... Sources>
  requires detail::all_zippable<Sources...>
auto zip_eq(Sources&&... sources) {
  return detail::zip<detail::zip_length::equal>(std::forward<Sources>(sources)...);
}
MICROPOOL_INSTEAD_OF_CALL(zip_eq,
                          "zip_eq(sources...), where each is a range, a source or "
                          "std::move(iterator), with one item for each position (not behind filter, "
                          "flat_map and the like)")

/// As zip_eq(), for sources of any size: yields as many items as the shortest source.
template <class... Sources>
  requires detail::all_zippable<Sources...>
auto zip_min(Sources&&... sources) {
  return detail::zip<detail::zip_length::shortest>(std::forward<Sources>(sources)...);
}
MICROPOOL_INSTEAD_OF_CALL(zip_min,
                          "zip_min(sources...), where each is a range, a source or "
                          "std::move(iterator), with one item for each position (not behind filter, "
                          "flat_map and the like)")

/// As zip_eq(), for sources of any size: yields as many items as the longest source. The elements
/// of a tuple are std::optional<Value>, or optional_ref<T> if the source yields references; those
/// of shorter sources are empty at the end.
///
/// ```cpp
/// const auto tenths = [](mp::optional_ref<const double> x, std::optional<int> n) {
///   return (x ? *x : 0) + (n ? *n : 0) / 10.0;
/// };
/// check(mp::zip_max(a, mp::par_range(5)).map(tenths).sum() == 7);
/// ```
template <class... Sources>
  requires detail::all_zippable<Sources...>
auto zip_max(Sources&&... sources) {
  return detail::zip<detail::zip_length::longest>(std::forward<Sources>(sources)...);
}
MICROPOOL_INSTEAD_OF_CALL(zip_max,
                          "zip_max(sources...), where each is a range, a source or "
                          "std::move(iterator), with one item for each position (not behind filter, "
                          "flat_map and the like)")

}  // namespace micropool
