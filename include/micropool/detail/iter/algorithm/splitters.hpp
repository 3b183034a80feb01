// SPDX-License-Identifier: MIT OR Apache-2.0
// Splitters: which bucket of a sample sort an element belongs to.
//
// Sources: Sanders and Winkel, "Super Scalar Sample Sort", ESA 2004 (a tree that is descended
// without a branch); Axtmann, Witt, Ferizovic and Sanders, "In-place Parallel Super Scalar
// Samplesort", ESA 2017 (buckets of elements that equal a splitter).
#pragma once

#include <micropool/detail/iter/algorithm/element.hpp>
#include <micropool/detail/iter/algorithm/quick_sort.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <type_traits>
#include <vector>

namespace micropool::detail {

// With splitters s1 <= s2 <= ..., range r has the elements x with s[r] <= x < s[r + 1], and is one
// bucket. If the sample has shown that some value is frequent, a range is two buckets: 2r for the
// elements that equal s[r], which need no sorting, and 2r + 1 for the rest.
template <class I, class Less>
class splitters {
  using value = std::iter_value_t<I>;
  // Cheap elements are copied, which brings the splitters close together in memory. Others are
  // compared where they are, so they must not move while elements are classified.
  static constexpr bool copied = is_cheap<value>;
  using splitter = std::conditional_t<copied, value, I>;

public:
  // The number of a bucket is a byte.
  static constexpr std::size_t most_buckets = 256;

  // Takes splitters from `n` elements, for `wanted` buckets (a power of two) or, with frequent
  // values, about as many.
  splitters(I first, std::size_t n, std::size_t wanted, Less& less) : less_(less) {
    std::vector<splitter> sample = sorted_sample(first, n, wanted * samples_per_bucket);
    std::vector<splitter> chosen;
    for (std::size_t i = samples_per_bucket; i < sample.size(); i += samples_per_bucket) {
      if (chosen.empty() || is_less(chosen.back(), sample[i])) chosen.push_back(sample[i]);
    }
    has_frequent_ = chosen.size() + 1 < wanted;
    if (has_frequent_ && chosen.size() >= most_buckets / 2) chosen = every_second(chosen);
    levels_ = static_cast<unsigned>(std::bit_width(chosen.size()));
    ranges_ = std::size_t{1} << levels_;
    chosen.resize(ranges_ - 1, chosen.back());
    lower_ = chosen;
    lower_.insert(lower_.begin(), chosen.front());  // range 0 has no lower bound
    tree_ = lower_;
    plant(1, 1, ranges_);
  }

  std::size_t buckets() const noexcept { return has_frequent_ ? 2 * ranges_ : ranges_; }
  bool are_all_equal(std::size_t bucket) const noexcept { return has_frequent_ && bucket % 2 == 0; }

  // Records the bucket of each element of [first, first + n), and counts the elements of each
  // bucket.
  void classify(I first, std::size_t n, std::uint8_t* bucket_of, std::size_t* counts) {
    if (has_frequent_) {
      classify_as<true>(first, n, bucket_of, counts);
    } else {
      classify_as<false>(first, n, bucket_of, counts);
    }
  }

private:
  // More samples: buckets of more even sizes. Fewer: a sample that is sorted faster.
  static constexpr std::size_t samples_per_bucket = 8;
  // This many descents at the same time hide the latency of each.
  static constexpr std::size_t lanes = 8;

  // Not const, because a comparator may take elements as std::ranges::sort passes them.
  static decltype(auto) element(splitter& s) {
    if constexpr (copied) {
      return static_cast<value&>(s);
    } else {
      return *s;
    }
  }
  bool is_less(splitter& a, splitter& b) { return less_(element(a), element(b)); }

  // Takes an element from a random place in each of `m` equal parts, so that no pattern of the
  // input is met.
  std::vector<splitter> sorted_sample(I first, std::size_t n, std::size_t m) {
    std::vector<splitter> sample;
    sample.reserve(m);
    const std::size_t part = n / m;
    std::uint64_t random = n;
    for (std::size_t i = 0; i < m; ++i) {
      random = random * 6364136223846793005u + 1442695040888963407u;  // Knuth's MMIX
      const I at = first + static_cast<std::iter_difference_t<I>>(i * part + (random >> 32) % part);
      if constexpr (copied) {
        sample.push_back(*at);
      } else {
        sample.push_back(at);
      }
    }
    auto less = [this](splitter& a, splitter& b) { return is_less(a, b); };
    quick_sort(sample.begin(), sample.end(), less);
    return sample;
  }
  static std::vector<splitter> every_second(const std::vector<splitter>& all) {
    std::vector<splitter> some;
    for (std::size_t i = 1; i < all.size(); i += 2) some.push_back(all[i]);
    return some;
  }
  // Makes a search tree of the lower bounds of ranges [from, to). Node i has the children 2i and 2i
  // + 1.
  void plant(std::size_t node, std::size_t from, std::size_t to) {
    if (from >= to) return;
    const std::size_t middle = from + (to - from) / 2;
    tree_[node] = lower_[middle];
    plant(2 * node, from, middle);
    plant(2 * node + 1, middle + 1, to);
  }

  template <bool HasFrequent>
  void classify_as(I first, std::size_t n, std::uint8_t* bucket_of, std::size_t* counts) {
    std::size_t i = 0;
    for (; i + lanes <= n; i += lanes, first += lanes) {
      classify_some<HasFrequent, lanes>(first, bucket_of + i, counts);
    }
    for (; i < n; ++i, ++first) classify_some<HasFrequent, 1>(first, bucket_of + i, counts);
  }
  template <bool HasFrequent, std::size_t Lanes>
  MICROPOOL_ALWAYS_INLINE void classify_some(I first, std::uint8_t* bucket_of,
                                             std::size_t* counts) {
    using difference = std::iter_difference_t<I>;
    std::size_t node[Lanes];
    for (std::size_t& x : node) x = 1;
    for (unsigned level = 0; level < levels_; ++level) {
      for (std::size_t k = 0; k < Lanes; ++k) {
        const bool right = !less_(first[static_cast<difference>(k)], element(tree_[node[k]]));
        node[k] = 2 * node[k] + right;
      }
    }
    for (std::size_t k = 0; k < Lanes; ++k) {
      std::size_t bucket = node[k] - ranges_;
      if constexpr (HasFrequent) {
        const bool above = less_(element(lower_[bucket]), first[static_cast<difference>(k)]);
        bucket = 2 * bucket + (above || bucket == 0);
      }
      bucket_of[k] = static_cast<std::uint8_t>(bucket);
      ++counts[bucket];
    }
  }

  Less& less_;
  bool has_frequent_ = false;
  unsigned levels_ = 0;
  std::size_t ranges_ = 0;
  std::vector<splitter> lower_;  // by range
  std::vector<splitter> tree_;
};

}  // namespace micropool::detail
