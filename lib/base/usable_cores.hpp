// SPDX-License-Identifier: MIT OR Apache-2.0
// How many cores this process may keep busy.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <vector>

namespace micropool::detail {

// The cores that the calling thread may run on, in order. Empty if the system does not say.
std::vector<int> cores_in_affinity_mask();

// The smaller of the affinity mask and the cgroup's CPU quota, at least 1. The quota is rounded
// down, because a program with a deadline must not be throttled.
std::size_t usable_cores();

// The quota, in cores, of the cgroup that `proc_self_cgroup` names, or of any of its parents,
// below the file system mounted at `cgroup_root`; version 2 (cpu.max) or 1 (cpu.cfs_quota_us).
std::optional<double> cgroup_quota(const std::filesystem::path& cgroup_root,
                                   const std::filesystem::path& proc_self_cgroup);

}  // namespace micropool::detail
