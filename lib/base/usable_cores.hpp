// SPDX-License-Identifier: MIT OR Apache-2.0
// How many cores this process may keep busy.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

namespace micropool::detail {

// The smaller of the affinity mask and the cgroup's CPU quota (rounded down, for a program with a
// deadline must not be throttled), at least 1.
std::size_t usable_cores();

// The quota in cores of the cgroup that `proc_self_cgroup` names, or of any of its parents, below
// the file system mounted at `cgroup_root`; version 2 (cpu.max) or 1 (cpu.cfs_quota_us).
std::optional<double> cgroup_quota(const std::filesystem::path& cgroup_root,
                                   const std::filesystem::path& proc_self_cgroup);

}  // namespace micropool::detail
