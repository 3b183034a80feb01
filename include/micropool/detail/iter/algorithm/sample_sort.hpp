// SPDX-License-Identifier: MIT OR Apache-2.0
// The parallel sort that is not stable: elements are distributed to buckets by splitters taken from
// a sample, and each bucket is sorted by itself.
//
// Source: Sanders and Winkel, "Super Scalar Sample Sort", ESA 2004: buckets are found and recorded
// for all elements before any is moved; so a comparison that throws there has no consequences.
#pragma once

#include <micropool/detail/base/passkey.hpp>
#include <micropool/detail/iter/algorithm/each_range.hpp>
#include <micropool/detail/iter/algorithm/element.hpp>
#include <micropool/detail/iter/algorithm/quick_sort.hpp>
#include <micropool/detail/iter/algorithm/splitters.hpp>
#include <micropool/iter/algorithm/sort_buffer.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

namespace micropool::detail {

template <class I, class Less>
class sample_sort {
  using value = std::iter_value_t<I>;
  using all_splitters = splitters<I, Less>;

  // Sorting smaller buckets saves less than distributing to more of them costs.
  static constexpr std::size_t in_bucket = 512;
  // A block is counted and distributed as a whole. Smaller blocks: more counts to add up. Larger
  // blocks: fewer threads take part.
  static constexpr std::size_t in_block = 4096;
  static constexpr std::size_t most_blocks = 256;

public:
  static constexpr std::size_t smallest = 4 * in_bucket;

  // Requires at least `smallest` elements, whose moves do not throw. Throws std::bad_alloc.
  sample_sort(I first, std::size_t n, Less& less, sort_buffer& memory)
      : first_(first),
        less_(less),
        splitters_(first, n, std::min(std::bit_floor(n / in_bucket), all_splitters::most_buckets),
                   less),
        blocks_(chunking::per(n, std::max(in_block, n / most_blocks + 1))),
        places_(blocks_.count * buckets()),
        ends_(buckets()) {
    auto* const bytes =
        static_cast<std::byte*>(memory.get(passkey(), n * (sizeof(value) + 1), alignof(value)));
    slots_ = reinterpret_cast<value*>(bytes);
    bucket_of_ = reinterpret_cast<std::uint8_t*>(bytes + n * sizeof(value));
  }

  task<> run() {
    auto classify = [this](std::size_t from, std::size_t to) {
      splitters_.classify(at(from), to - from, bucket_of_ + from, places_of(from));
    };
    each_range classifying(blocks_, classify, large_chunks{});
    co_await run_of_loop(classifying);
    classifying.rethrow();

    find_places();

    // From here on elements are in the buffer, and nothing throws before they are back.
    auto deal = [this](std::size_t from, std::size_t to) noexcept { deal_block(from, to); };
    each_range dealing(blocks_, deal, large_chunks{});
    co_await run_of_loop(dealing);

    auto sort = [this](std::size_t bucket, std::size_t) noexcept { sort_bucket(bucket); };
    each_range sorting(chunking::per(buckets(), 1), sort, large_chunks{});
    co_await run_of_loop(sorting);
    failure_.rethrow();
  }

private:
  std::size_t buckets() const noexcept { return splitters_.buckets(); }
  I at(std::size_t i) const { return first_ + static_cast<std::iter_difference_t<I>>(i); }
  // For each bucket: the number of elements of a block that belong there; then the place of the
  // next one.
  std::size_t* places_of(std::size_t begin_of_block) {
    return places_.data() + begin_of_block / blocks_.size * buckets();
  }

  void find_places() noexcept {
    std::size_t sum = 0;
    for (std::size_t bucket = 0; bucket < buckets(); ++bucket) {
      for (std::size_t i = bucket; i < places_.size(); i += buckets()) {
        const std::size_t count = places_[i];
        places_[i] = sum;
        sum += count;
      }
      ends_[bucket] = sum;
    }
  }

  void deal_block(std::size_t from, std::size_t to) noexcept {
    std::size_t* const places = places_of(from);
    for (I it = at(from); from != to; ++from, ++it) {
      move_in(it, slots_ + places[bucket_of_[from]]++);
    }
  }

  void sort_bucket(std::size_t bucket) noexcept {
    const std::size_t begin = bucket == 0 ? 0 : ends_[bucket - 1];
    const std::size_t end = ends_[bucket];
    if (!splitters_.are_all_equal(bucket) && !failure_.has_happened()) {
      try {
        quick_sort(slots_ + begin, slots_ + end, less_);
      } catch (...) {
        failure_.record();
      }
    }
    I it = at(begin);
    for (std::size_t i = begin; i != end; ++i, ++it) move_out(slots_ + i, it);
  }

  I first_;
  Less& less_;
  all_splitters splitters_;
  chunking blocks_;
  std::vector<std::size_t> places_;
  std::vector<std::size_t> ends_;  // of buckets, as positions
  value* slots_ = nullptr;
  std::uint8_t* bucket_of_ = nullptr;
  first_failure failure_;
};

}  // namespace micropool::detail
