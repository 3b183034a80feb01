// SPDX-License-Identifier: MIT OR Apache-2.0
#include "usable_cores.hpp"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

namespace micropool::detail {
namespace {

namespace fs = std::filesystem;

std::optional<double> ratio(double quota, double period) {
  if (quota <= 0 || period <= 0) return std::nullopt;
  return quota / period;
}

// Reads "max 100000" or "150000 100000".
std::optional<double> quota_v2(const fs::path& group) {
  std::ifstream file(group / "cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max") return std::nullopt;
  return ratio(std::strtod(quota.c_str(), nullptr), period);
}

std::optional<double> quota_v1(const fs::path& group) {
  double quota = 0;
  double period = 0;
  std::ifstream quota_file(group / "cpu.cfs_quota_us");
  std::ifstream period_file(group / "cpu.cfs_period_us");
  if (!(quota_file >> quota) || !(period_file >> period)) return std::nullopt;
  return ratio(quota, period);
}

// The tightest limit among a group and its parents up to the root.
template <class Read>
std::optional<double> tightest(const fs::path& root, const fs::path& group, Read read) {
  std::optional<double> least = read(root);
  fs::path here = root;
  for (const fs::path& part : group.relative_path()) {
    here /= part;
    if (const auto q = read(here); q && (!least || *q < *least)) least = q;
  }
  return least;
}

bool names_cpu_controller(const std::string& controllers) {
  return ("," + controllers + ",").find(",cpu,") != std::string::npos;
}

}  // namespace

std::optional<double> cgroup_quota(const fs::path& cgroup_root, const fs::path& proc_self_cgroup) {
  std::ifstream file(proc_self_cgroup);
  std::string line;
  while (std::getline(file, line)) {  // hierarchy:controllers:path
    const auto first = line.find(':');
    const auto second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const fs::path group = line.substr(second + 1);
    std::optional<double> quota;
    if (controllers.empty()) {
      quota = tightest(cgroup_root, group, quota_v2);
    } else if (names_cpu_controller(controllers)) {
      quota = tightest(cgroup_root / "cpu", group, quota_v1);
    }
    if (quota) return quota;
  }
  return std::nullopt;
}

std::vector<int> cores_in_affinity_mask() {
  // The kernel refuses a set smaller than its own; machines with more than 1024 cores exist.
  for (std::size_t most = 1024; most <= (std::size_t{1} << 20); most *= 2) {
    const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> set(
        CPU_ALLOC(most), [](cpu_set_t* s) { CPU_FREE(s); });
    const std::size_t bytes = CPU_ALLOC_SIZE(most);
    if (!set || ::sched_getaffinity(0, bytes, set.get()) != 0) continue;
    std::vector<int> cores;
    for (std::size_t c = 0; c < most; ++c) {
      if (CPU_ISSET_S(c, bytes, set.get())) cores.push_back(static_cast<int>(c));
    }
    return cores;
  }
  return {};
}

std::size_t usable_cores() {
  std::size_t cores = cores_in_affinity_mask().size();
  if (cores == 0) cores = std::max(1u, std::thread::hardware_concurrency());
  if (const auto quota = cgroup_quota("/sys/fs/cgroup", "/proc/self/cgroup")) {
    cores = static_cast<std::size_t>(std::min(static_cast<double>(cores), *quota));
  }
  return std::max<std::size_t>(cores, 1);
}

}  // namespace micropool::detail
