// SPDX-License-Identifier: MIT OR Apache-2.0
// range_scan: the prefix sums of a range.
//
// Source: Blelloch, "Prefix Sums and Their Applications", 1990: the sum of each chunk, the scan of
// these sums, and with it the scan of each chunk. A chunk is scanned at once instead if all chunks
// before it have been scanned when a participant takes it.
#pragma once

#include <micropool/detail/base/cpu.hpp>
#include <micropool/detail/iter/algorithm/each_range.hpp>
#include <micropool/detail/iter/algorithm/element.hpp>
#include <micropool/detail/iter/algorithm/output.hpp>
#include <micropool/detail/iter/operate.hpp>
#include <micropool/detail/iter/source/stored_range.hpp>
#include <micropool/detail/task/run_task.hpp>
#include <micropool/detail/work/recycled.hpp>

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <ranges>
#include <type_traits>
#include <utility>
#include <vector>

namespace micropool::detail {

enum class scan_kind { inclusive, exclusive };

// Types whose operations may be interleaved over several chunks: that is unobservable, and each
// operation's latency is hidden behind the others.
template <class T, class Item, class Op>
inline constexpr bool scans_in_lanes =
    is_cheap<T> && std::is_nothrow_invocable_r_v<T, Op&, T, Item> && !std::is_class_v<T>;

// Chunks, and so the tree of operations that may round, depend on the number of elements alone.
template <scan_kind Kind, class T, class In, class Out, class Op>
class range_scan {
  static constexpr std::size_t lanes =
      scans_in_lanes<T, std::iter_reference_t<In>, Op> ? 4 : 1;

public:
  range_scan(In in, Out out, std::size_t n, Op& op, std::optional<T> init)
      : in_(in),
        out_(out),
        chunks_(automatic_chunking(n, combine_order::fixed_tree)),
        op_(op),
        sums_(chunks_.count),
        before_next_(std::move(init)) {}

  // Both passes run over one stretch before the next, so that the second finds the elements in the
  // cache. The first stretches are short and run on this thread alone, to find out whether help is
  // worth while.
  task<> run() {
    constexpr std::uint64_t ticks_alone = 10'000;
    const bool is_single = participants_here() == 1;
    const std::uint64_t begun = cpu_ticks();
    const auto sum_or_scan = [this](chunk_range u) { this->sum_or_scan(u); };
    const auto scan = [this](chunk_range u) { scan_chunks(u); };
    std::uint32_t next = 0;
    while (next < chunks_.count && (is_single || cpu_ticks() - begun < ticks_alone)) {
      const chunk_range stretch = stretch_at(next, chunks_.count, in_near_cache);
      scan_front(stretch);
      next = stretch.last;
    }
    while (next < chunks_.count) {
      const chunk_range stretch = stretch_at(next, chunks_.count, in_shared_cache);
      front_.store(next, std::memory_order_relaxed);
      co_await each_group(stretch, sum_or_scan);
      const chunk_range rest{front_.load(std::memory_order_relaxed), stretch.last};
      scan_sums(rest);
      if (!rest.empty()) co_await each_group(rest, scan);
      next = stretch.last;
    }
  }

private:
  // In bytes.
  static constexpr std::size_t in_near_cache = 16 * 1024, in_shared_cache = 4 * 1024 * 1024;

  chunk_range stretch_at(std::uint32_t first, std::uint32_t last,
                         std::size_t bytes) const noexcept {
    const std::uint64_t chunks = bytes / sizeof(std::iter_value_t<In>) / chunks_.size;
    return {first,
            first + static_cast<std::uint32_t>(std::clamp<std::uint64_t>(chunks, 1, last - first))};
  }
  // Calls f(chunks), on all threads that take part, for groups of chunks that lanes can share.
  template <class F>
  task<> each_group(chunk_range u, F f) {
    auto body = [u, &f](std::size_t from, std::size_t to) {
      f({u.first + static_cast<std::uint32_t>(from), u.first + static_cast<std::uint32_t>(to)});
    };
    each_range groups(chunking::per(u.size(), lanes), body);
    co_await run_of_loop(groups);
    groups.rethrow();
  }
  std::size_t begin_of(std::uint32_t chunk) const {
    return static_cast<std::size_t>(chunks_.begin_of(chunk));
  }
  // Calls f(std::integral_constant<std::size_t, k>, chunk) for groups of k chunks of the same size.
  template <class F>
  void in_groups(chunk_range u, F f) {
    const bool has_last = u.last == chunks_.count;  // which may be smaller
    while (u.last - u.first >= lanes + has_last) {
      f(std::integral_constant<std::size_t, lanes>(), u.first);
      u.first += lanes;
    }
    for (; u.first != u.last; ++u.first) f(std::integral_constant<std::size_t, 1>(), u.first);
  }

  // A participant whose chunks follow the scanned ones can scan them at once, with half the calls
  // of op or half the memory traffic; there is one such participant at a time. The others compute
  // the sums of later chunks.
  void sum_or_scan(chunk_range u) {
    if (front_.load(std::memory_order_acquire) == u.first) {  // [acquire: scan.front]
      scan_front(u);
      front_.store(u.last, std::memory_order_release);  // [release: scan.front]
    } else {
      sum_chunks(u);
    }
  }
  void scan_front(chunk_range u) {
    while (!u.empty()) {
      const chunk_range near = stretch_at(u.first, u.last, in_near_cache);
      if constexpr (std::integral<T>) {
        // Does not round, so any tree gives the same result.
        before_next_ = scan_positions(before_next_, begin_of(near.first), begin_of(near.last));
      } else {
        sum_chunks(near);
        scan_sums(near);
        scan_chunks(near);
      }
      u.first = near.last;
    }
  }

  // By value, because the operation may return a reference to its left argument.
  MICROPOOL_ALWAYS_INLINE T next_sum(T& sum, auto&& element) {
    return static_cast<T>(
        operate(op_, std::move(sum), std::forward<decltype(element)>(element)));
  }

  void sum_chunks(chunk_range u) {
    in_groups(u, [this](auto k, std::uint32_t first) {
      this->sum_group(first, std::make_index_sequence<k()>());
    });
  }
  // Unrolled over the lanes, so that all of them live in registers.
  template <std::size_t... K>
  void sum_group(std::uint32_t chunk, std::index_sequence<K...>) {
    const auto n = static_cast<std::ptrdiff_t>(begin_of(chunk + 1) - begin_of(chunk));
    const In in[] = {advanced(in_, begin_of(chunk + K))...};
    T sum[] = {T(*in[K])...};
    for (std::ptrdiff_t i = 1; i < n; ++i) {
      ((sum[K] = next_sum(sum[K], in[K][i])), ...);
    }
    ((sums_[chunk + K] = std::move(sum[K])), ...);
  }

  // Replaces the sum of each chunk by that of everything before it, which is empty if nothing is.
  void scan_sums(chunk_range stretch) {
    for (std::uint32_t chunk = stretch.first; chunk != stretch.last; ++chunk) {
      std::optional<T> before = std::move(before_next_);
      before_next_ = before ? T(operate(op_, std::as_const(*before), std::move(*sums_[chunk])))
                            : std::move(*sums_[chunk]);
      sums_[chunk] = std::move(before);
    }
  }

  void scan_chunks(chunk_range u) {
    if constexpr (Kind == scan_kind::inclusive) {
      if (!u.empty() && !sums_[u.first]) {
        scan_positions(std::nullopt, 0, begin_of(1));
        ++u.first;
      }
    }
    in_groups(u, [this](auto k, std::uint32_t first) {
      this->scan_group(first, std::make_index_sequence<k()>());
    });
  }
  // Returns the sum of everything before `end`.
  std::optional<T> scan_positions(std::optional<T> before, std::size_t begin, std::size_t end) {
    const In in = advanced(in_, begin);
    const Out out = advanced(out_, begin);
    const auto n = static_cast<std::ptrdiff_t>(end - begin);
    std::ptrdiff_t i = 0;
    if constexpr (Kind == scan_kind::inclusive) {
      if (!before) {
        before.emplace(*in);
        *out = std::as_const(*before);
        ++i;
      }
    }
    T sum = *std::move(before);
    for (; i < n; ++i) scan_one(sum, in, out, i);
    return sum;
  }
  template <std::size_t... K>
  void scan_group(std::uint32_t chunk, std::index_sequence<K...>) {
    const auto n = static_cast<std::ptrdiff_t>(begin_of(chunk + 1) - begin_of(chunk));
    const In in[] = {advanced(in_, begin_of(chunk + K))...};
    const Out out[] = {advanced(out_, begin_of(chunk + K))...};
    T sum[] = {std::move(*sums_[chunk + K])...};
    for (std::ptrdiff_t i = 0; i < n; ++i) (scan_one(sum[K], in[K], out[K], i), ...);
  }
  MICROPOOL_ALWAYS_INLINE void scan_one(T& sum, const In& in, const Out& out, std::ptrdiff_t i) {
    if constexpr (Kind == scan_kind::inclusive) {
      sum = next_sum(sum, in[i]);
      out[i] = std::as_const(sum);
    } else {
      // Reads the element before it writes there, because out may be in.
      T next = operate(op_, std::as_const(sum), in[i]);
      out[i] = std::move(sum);
      sum = std::move(next);
    }
  }

  In in_;
  Out out_;
  chunking chunks_;
  Op& op_;
  std::vector<std::optional<T>, recycled<std::optional<T>>> sums_;
  std::optional<T> before_next_;
  // All chunks before it are scanned, and before_next_ has their sum.
  std::atomic<std::uint32_t> front_{0};
};

template <scan_kind Kind, class T, class R, class O, class Op>
auto scan_blocking(R& range, O& out, Op& op, std::optional<T> init) {
  const auto n = at_most_into(out, static_cast<std::size_t>(std::ranges::size(range)));
  const auto from = std::ranges::begin(range);
  const auto to = output_begin(out);
  if (n != 0) {
    range_scan<Kind, T, std::remove_cv_t<decltype(from)>, std::remove_cv_t<decltype(to)>, Op> scan(
        from, to, n, op, std::move(init));
    run_task(scan.run(), nullptr, true);
  }
  return std::pair(advanced(from, n), advanced(to, n));
}

}  // namespace micropool::detail
