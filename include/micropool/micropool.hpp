// SPDX-License-Identifier: MIT OR Apache-2.0
// Includes every public header of the library.
#pragma once

#include <micropool/error.hpp>
#include <micropool/iter.hpp>
#include <micropool/join.hpp>
#include <micropool/optional_ref.hpp>
#include <micropool/pool_options.hpp>
#include <micropool/scope.hpp>
#include <micropool/spawn.hpp>
#include <micropool/stackful.hpp>
#include <micropool/stats.hpp>
#include <micropool/sync_wait.hpp>
#include <micropool/task.hpp>
#include <micropool/thread_pool.hpp>
#include <micropool/version.hpp>
