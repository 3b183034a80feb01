// SPDX-License-Identifier: MIT OR Apache-2.0
// The kernel may not offer membarrier(2); the pool then keeps its sleepers safe in another way. A
// process of its own, which forbids itself that call before anything else, runs the cases tagged
// [sleep] again.
#include "catch.hpp"
#include "env.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <string>
#include <vector>

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

const char* const asked = "MICROPOOL_TEST_WITHOUT_MEMBARRIER";

bool forbid_membarrier() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

// Before main, so that no pool has asked for the call yet.
const bool forbidden = std::getenv(asked) != nullptr && forbid_membarrier();

struct child_outcome {
  int exit_status;  // -1 if it could not be started or was killed
  std::string output;
};

// This program again, with a filter for its cases.
child_outcome run_again(const std::string& cases) {
  std::vector<std::string> variables;
  // The first of a name is the one that counts.
  variables.emplace_back(asked).append("=1");
  // Its watchdog is to speak first, since it can see who hangs.
  const auto limit = micropool_test::env_number("MICROPOOL_TEST_TIMEOUT").value_or(60);
  variables.push_back("MICROPOOL_TEST_TIMEOUT=" + std::to_string(limit / 2 + 1));
  for (char** v = environ; *v != nullptr; ++v) variables.emplace_back(*v);
  std::vector<char*> environment;
  for (std::string& v : variables) environment.push_back(v.data());
  environment.push_back(nullptr);
  std::string name = "again";
  std::string filter = cases;
  char* arguments[] = {name.data(), filter.data(), nullptr};

  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {-1, "no pipe"};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
  pid_t child = 0;
  const int error = ::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments,
                                  environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  child_outcome o{-1, error == 0 ? "" : "not started"};
  if (error == 0) {
    char text[4096];
    for (ssize_t n; (n = ::read(ends[0], text, sizeof text)) > 0;) {
      o.output.append(text, static_cast<std::size_t>(n));
    }
    int status = 0;
    if (::waitpid(child, &status, 0) == child && WIFEXITED(status)) {
      o.exit_status = WEXITSTATUS(status);
    }
  }
  ::close(ends[0]);
  return o;
}

}  // namespace

TEST_CASE("no wake-up is lost where the kernel does not offer membarrier") {
  for (const char* cases : {"[.without_membarrier]", "[sleep]"}) {
    const child_outcome o = run_again(cases);
    INFO(o.output);
    REQUIRE(o.exit_status == 0);
  }
}

// Hidden: only true in the process that the case above starts.
TEST_CASE("membarrier is refused", "[.without_membarrier]") {
  REQUIRE(forbidden);
  REQUIRE(::syscall(SYS_membarrier, 0, 0, 0) == -1);
  REQUIRE(errno == ENOSYS);
}
