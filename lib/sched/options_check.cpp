// SPDX-License-Identifier: MIT OR Apache-2.0
#include "options_check.hpp"

#include "../base/usable_cores.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace micropool::detail {
namespace {

[[noreturn]] void reject(const std::string& option, const std::string& value,
                         const std::string& rule) {
  throw std::invalid_argument("micropool: " + option + " = " + value + ": " + rule);
}

void check_thread_count(const std::string& option, std::size_t n) {
  if (n > max_threads) {
    reject(option, std::to_string(n), "at most " + std::to_string(max_threads) + " are allowed");
  }
}

std::size_t default_num_threads() {
  const std::string name = "MICROPOOL_NUM_THREADS";
  if (const char* text = std::getenv(name.c_str()); text != nullptr && *text != '\0') {
    const std::string_view digits = text;
    std::size_t n = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), n);
    if (error != std::errc{} || end != digits.end()) {
      reject(name, "\"" + std::string(digits) + "\"",
             "must be a number from 0 to " + std::to_string(max_threads));
    }
    check_thread_count(name, n);
    return n;
  }
  return std::clamp<std::size_t>(usable_cores() - 1, 1, max_threads);
}

void check_pinning(const pool_options& options) {
  const std::string option = "pool_options::pinning";
  switch (options.pinning) {
    case pinning::none:
    case pinning::if_supported: return;
    case pinning::always: break;
    default:
      reject(option, std::to_string(static_cast<int>(options.pinning)),
             "must be none, if_supported or always");
  }
  // If the system does not report its cores, the attempt to bind will tell.
  const std::size_t cores = cores_in_affinity_mask().size();
  if (cores != 0 && *options.num_threads > cores) {
    reject(option, "always",
           "pool_options::num_threads = " + std::to_string(*options.num_threads) +
               " workers cannot have a core each, since this process may use " +
               std::to_string(cores) + "; ask for fewer workers, or for if_supported");
  }
}

}  // namespace

pool_options checked(pool_options options) {
  if (!options.num_threads) options.num_threads = default_num_threads();
  check_thread_count("pool_options::num_threads", *options.num_threads);
  check_pinning(options);
  if (options.idle_spin.count() < 0) {
    reject("pool_options::idle_spin", std::to_string(options.idle_spin.count()) + " ns",
           "must not be negative, as durations of more than 292 years become");
  }
  if (options.shutdown_notice.count() < 0) {
    reject("pool_options::shutdown_notice",
           std::to_string(options.shutdown_notice.count()) + " ns",
           "must not be negative; 0 means no notice");
  }
  // The clock ends after 292 years.
  options.idle_spin = std::min<std::chrono::nanoseconds>(options.idle_spin, std::chrono::years{1});
  options.shutdown_notice =
      std::min<std::chrono::nanoseconds>(options.shutdown_notice, std::chrono::years{1});
  if (options.background_limit) {
    check_thread_count("pool_options::background_limit", *options.background_limit);
  }
  if (options.stacks.size < min_stack_size || options.stacks.size > max_stack_size) {
    reject(
        "pool_options::stacks.size", std::to_string(options.stacks.size) + " bytes",
        "must be from " + std::to_string(min_stack_size) + " to " + std::to_string(max_stack_size));
  }
  return options;
}

}  // namespace micropool::detail
