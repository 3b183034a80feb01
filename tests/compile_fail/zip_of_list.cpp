// SPDX-License-Identifier: MIT OR Apache-2.0
// The parts of a zip are what par_iter takes.
// EXPECT: zip_\w+\(sources...\), where each is a range
#include <micropool/iter.hpp>

#include <cstddef>
#include <list>
#include <vector>

namespace mp = micropool;

#ifdef MISUSE
using container = std::list<int>;
#else
using container = std::vector<int>;
#endif

std::size_t number_of(const container& c) { return mp::zip_eq(mp::par_range(10), c).count(); }
