// SPDX-License-Identifier: MIT OR Apache-2.0
// Parallel iterators: loops over ranges, run by the calling thread and the threads of a pool.
//
//   auto total = mp::par_iter(orders).filter(&order::is_open).map(&order::price).sum();
//   co_await mp::par_range(n).async().for_each([&](std::size_t i) { render(i); });
//
// A chain is a source, adaptors and settings in any order, and one consumer, which runs it; the
// class parallel_iterator lists them. A source is one of the functions of iter/source/, or a
// user-defined type (iter/concepts.hpp).
#pragma once

#include <micropool/iter/algorithm/scan.hpp>
#include <micropool/iter/algorithm/sort.hpp>
#include <micropool/iter/algorithm/transform.hpp>
#include <micropool/iter/parallel_iterator.hpp>
#include <micropool/iter/source/chunk_by.hpp>
#include <micropool/iter/source/chunks.hpp>
#include <micropool/iter/source/generate.hpp>
#include <micropool/iter/source/numbers.hpp>
#include <micropool/iter/source/range.hpp>
#include <micropool/iter/source/windows.hpp>
#include <micropool/iter/source/zip.hpp>
