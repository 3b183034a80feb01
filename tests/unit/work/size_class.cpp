// SPDX-License-Identifier: MIT OR Apache-2.0
#include <micropool/detail/work/size_class.hpp>

#include "catch.hpp"

#include <cstddef>

using namespace micropool::detail;

TEST_CASE("every size fits its class and would not fit the class below") {
  std::size_t wrong = 0;
  for (std::size_t bytes = 1; bytes <= largest_class_size; ++bytes) {
    const std::size_t c = size_class_of(bytes);
    wrong += c >= usual_class_count;
    wrong += size_of_class(c) < bytes;
    wrong += c > 0 && size_of_class(c - 1) >= bytes;
  }
  REQUIRE(wrong == 0);
  REQUIRE(size_class_of(0) == 0);
}

TEST_CASE("classes grow, are aligned, and waste at most a fifth of a large block") {
  for (std::size_t c = 1; c < usual_class_count; ++c) {
    REQUIRE(size_of_class(c) > size_of_class(c - 1));
    REQUIRE(size_of_class(c) % 64 == 0);
    if (size_of_class(c) > 1024) {
      REQUIRE((size_of_class(c) - size_of_class(c - 1)) * 5 <= size_of_class(c));
    }
  }
}

TEST_CASE("every size and alignment fits its class, which is aligned like that") {
  std::size_t wrong = 0;
  for (std::size_t alignment = 128; alignment <= strictest_alignment; alignment *= 2) {
    for (std::size_t bytes = 0; bytes <= largest_class_size; bytes += bytes < 2048 ? 1 : 64) {
      const std::size_t c = aligned_class_of(bytes, alignment);
      wrong += c < usual_class_count || c >= size_class_count;
      wrong += size_of_class(c) < bytes;
      wrong += alignment_of_class(c) < alignment;
      wrong += size_of_class(c) % alignment_of_class(c) != 0;
      wrong += size_of_class(c) > alignment + bytes + bytes / 4;
    }
  }
  REQUIRE(wrong == 0);
}
