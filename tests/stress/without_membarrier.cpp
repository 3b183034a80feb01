// SPDX-License-Identifier: MIT OR Apache-2.0
// The kernel may not offer membarrier(2); the pool then keeps its sleepers safe in another way. A
// process of its own, which forbids itself that call before anything else, runs the cases tagged
// [sleep] again.
#include "catch.hpp"
#include "env.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdlib>
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

// This program again, with a filter for its cases. Its exit status; -1 if it could not be started or
// was killed.
int run_again(const std::string& cases) {
  std::vector<std::string> variables;
  for (char** v = environ; *v != nullptr; ++v) variables.emplace_back(*v);
  variables.push_back(std::string(asked) + "=1");
  // Its watchdog is to speak first, since it can see who hangs.
  const auto limit = micropool_test::env_number("MICROPOOL_TEST_TIMEOUT").value_or(60);
  variables.push_back("MICROPOOL_TEST_TIMEOUT=" + std::to_string(limit / 2 + 1));
  std::vector<char*> environment;
  // The last of a name would lose, so ours come first.
  for (auto v = variables.rbegin(); v != variables.rend(); ++v) environment.push_back(v->data());
  environment.push_back(nullptr);
  std::string name = "again";
  std::string filter = cases;
  char* arguments[] = {name.data(), filter.data(), nullptr};
  pid_t child = 0;
  if (::posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, arguments, environment.data()) != 0) {
    return -1;
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("no wake-up is lost where the kernel does not offer membarrier") {
  REQUIRE(run_again("[.without_membarrier]") == 0);
  REQUIRE(run_again("[sleep]") == 0);
}

// Hidden: only true in the process that the case above starts.
TEST_CASE("membarrier is refused", "[.without_membarrier]") {
  REQUIRE(forbidden);
  REQUIRE(::syscall(SYS_membarrier, 0, 0, 0) == -1);
  REQUIRE(errno == ENOSYS);
}
