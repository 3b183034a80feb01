// SPDX-License-Identifier: MIT OR Apache-2.0
// How each engine is made. engines.cpp knows which of them are in this build.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "engine.hpp"

namespace frame_loop {

std::unique_ptr<engine> make_micropool_engine(std::optional<std::size_t> threads);
std::unique_ptr<engine> make_openmp_engine(std::optional<std::size_t> threads);
std::unique_ptr<engine> make_serial_engine(std::optional<std::size_t> threads);
std::unique_ptr<engine> make_tbb_engine(std::optional<std::size_t> threads);

}  // namespace frame_loop
