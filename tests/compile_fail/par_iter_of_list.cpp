// SPDX-License-Identifier: MIT OR Apache-2.0
// Elements are fetched by index, so a list cannot be iterated over.
// EXPECT: needs a random-access range, because threads fetch its elements by index
#include <micropool/iter.hpp>

#include <list>
#include <vector>

namespace mp = micropool;

#ifdef MISUSE
using container = std::list<int>;
#else
using container = std::vector<int>;
#endif

int total(container& c) { return mp::par_iter(c).sum(); }
