// SPDX-License-Identifier: MIT OR Apache-2.0
// usable_cores: the affinity mask of this process, and cgroup files laid out in a directory of
// ours.
#include "base/usable_cores.hpp"

#include "catch.hpp"

#include <sched.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

namespace fs = std::filesystem;
namespace detail = micropool::detail;

namespace {

// A directory that looks like /sys/fs/cgroup, and a file that looks like /proc/self/cgroup.
class cgroup_tree {
public:
  cgroup_tree() {
    std::string pattern = (fs::temp_directory_path() / "micropool-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp " + pattern);
    root_ = pattern;
  }
  cgroup_tree(const cgroup_tree&) = delete;
  cgroup_tree& operator=(const cgroup_tree&) = delete;
  ~cgroup_tree() { fs::remove_all(root_); }

  void write(const fs::path& file, const std::string& text) const {
    fs::create_directories((root_ / "fs" / file).parent_path());
    std::ofstream(root_ / "fs" / file) << text;
  }

  std::optional<double> quota_for(const std::string& proc_self_cgroup) const {
    std::ofstream(root_ / "self") << proc_self_cgroup;
    return detail::cgroup_quota(root_ / "fs", root_ / "self");
  }

private:
  fs::path root_;
};

}  // namespace

TEST_CASE("a quota of cgroup version 2 is the ratio of its two numbers") {
  const cgroup_tree tree;
  tree.write("service/cpu.max", "150000 100000\n");
  CHECK(tree.quota_for("0::/service\n") == 1.5);
}

TEST_CASE("the tightest quota of a group and its parents counts") {
  const cgroup_tree tree;
  tree.write("cpu.max", "800000 100000\n");
  tree.write("outer/cpu.max", "200000 100000\n");
  tree.write("outer/middle/cpu.max", "max 100000\n");
  tree.write("outer/middle/inner/cpu.max", "400000 100000\n");
  CHECK(tree.quota_for("0::/outer/middle/inner\n") == 2.0);
  CHECK(tree.quota_for("0::/elsewhere\n") == 8.0);
}

TEST_CASE("a quota of cgroup version 1 is read from the hierarchy of the cpu controller") {
  const cgroup_tree tree;
  tree.write("cpu/job/cpu.cfs_quota_us", "250000\n");
  tree.write("cpu/job/cpu.cfs_period_us", "100000\n");
  CHECK(tree.quota_for("7:memory:/other\n4:cpuacct,cpu:/job\n") == 2.5);
  CHECK_FALSE(tree.quota_for("4:cpuset:/job\n").has_value());
}

TEST_CASE("no quota, an unlimited one and an unreadable one are no limit") {
  const cgroup_tree tree;
  CHECK_FALSE(tree.quota_for("").has_value());
  CHECK_FALSE(tree.quota_for("0::/\n").has_value());
  tree.write("cpu.max", "max 100000\n");
  CHECK_FALSE(tree.quota_for("0::/\n").has_value());
  tree.write("cpu.max", "not numbers\n");
  CHECK_FALSE(tree.quota_for("0::/\n").has_value());
  tree.write("cpu.max", "100000 0\n");
  CHECK_FALSE(tree.quota_for("0::/\n").has_value());
  tree.write("cpu/cpu.cfs_quota_us", "-1\n");
  tree.write("cpu/cpu.cfs_period_us", "100000\n");
  CHECK_FALSE(tree.quota_for("1:cpu:/\nno colons here\n").has_value());
  CHECK_FALSE(detail::cgroup_quota("/no/such/directory", "/no/such/file").has_value());
}

TEST_CASE("a thread pinned to one core may use one core, and the others again afterwards") {
  const std::size_t before = detail::usable_cores();
  CHECK(before >= 1);
  CHECK(before <= std::thread::hardware_concurrency());
  std::size_t pinned = 0;
  bool could_pin = false;
  std::thread([&] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    could_pin = sched_setaffinity(0, sizeof one, &one) == 0;
    pinned = detail::usable_cores();
  }).join();
  REQUIRE(could_pin);
  CHECK(pinned == 1);
  CHECK(detail::usable_cores() == before);
}
