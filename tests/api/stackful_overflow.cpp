// SPDX-License-Identifier: MIT OR Apache-2.0
// A stackful task that needs more stack than it has ends with a message that names it; other faults
// go to the handlers that wanted them.
#include "catch.hpp"
#include "child_process.hpp"

#include <micropool/detail/base/macros.hpp>
#include <micropool/micropool.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <string>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

// Needs ever more stack, in pieces smaller than a page.
[[gnu::noinline]] int endless(volatile char* above) {
  if (*above == 0) return 0;
  volatile char here[512];
  here[0] = *above;
  const int below = endless(here);
  return below + here[0];
}

// Needs ever more in pieces of several pages, of which it touches the far ends.
[[gnu::noinline]] int endless_in_large_steps(volatile char* above) {
  if (*above == 0) return 0;
  volatile char here[40000];
  here[0] = *above;
  const int below = endless_in_large_steps(here);
  return below + here[0];
}

void overflow_in_a_stackful_task() {
  volatile char c = 1;
  mp::sync_wait(mp::stackful([&] { return endless(&c); }));
}

void say_and_leave(int) {
  constexpr char text[] = "handler of the program\n";
  if (::write(STDERR_FILENO, text, sizeof text - 1) < 0) ::_exit(4);
  ::_exit(3);
}

// Once: it returns, and the fault comes again.
void say_and_return(int) {
  static volatile std::sig_atomic_t calls = 0;
  calls = calls + 1;
  constexpr char text[] = "handler of the program\n";
  if (calls > 1 || ::write(STDERR_FILENO, text, sizeof text - 1) < 0) ::_exit(4);
}

void leave_with_mask(int signal) {
  sigset_t blocked;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  const bool itself = sigismember(&blocked, signal) == 1;
  const bool other = sigismember(&blocked, SIGUSR1) == 1;
  ::_exit(10 + (itself ? 1 : 0) + (other ? 2 : 0));
}

void leave_with_details(int signal, siginfo_t* info, void* context) {
  ::_exit(info->si_signo == signal && context != nullptr ? 3 : 4);
}

// The handler that is there when the library comes.
void handle_faults_by(void (*handler)(int), int flags, int blocked = 0) {
  struct sigaction mine = {};
  mine.sa_handler = handler;
  mine.sa_flags = flags;
  sigemptyset(&mine.sa_mask);
  if (blocked != 0) sigaddset(&mine.sa_mask, blocked);
  ::sigaction(SIGSEGV, &mine, nullptr);
}

// Not by way of a null pointer, which a sanitizer reports by itself.
void fault() {
  void* const page = ::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *static_cast<volatile char*>(page) = 1;
}

}  // namespace

TEST_CASE("child: a stackful task overflows its stack", "[.]") { overflow_in_a_stackful_task(); }

TEST_CASE("child: a stackful task overflows its stack on a worker", "[.]") {
  mp::thread_pool pool({.num_threads = 1});
  volatile char c = 1;
  auto t = pool.spawn_owned(mp::stackful([&] {
    mp::await(mp::yield());
    return endless(&c);
  }));
  while (!t.complete()) mp::yield_now();
}

TEST_CASE("child: a stackful task overflows its stack in large steps", "[.]") {
  volatile char c = 1;
  mp::sync_wait(mp::stackful([&] { return endless_in_large_steps(&c); }));
}

TEST_CASE("child: a stackful task faults elsewhere", "[.]") {
  handle_faults_by(&say_and_leave, 0);
  mp::sync_wait(mp::stackful([] { fault(); }));
}

TEST_CASE("child: a stackful task faults and the handler wants to know where", "[.]") {
  struct sigaction mine = {};
  mine.sa_sigaction = &leave_with_details;
  mine.sa_flags = SA_SIGINFO;
  sigemptyset(&mine.sa_mask);
  ::sigaction(SIGSEGV, &mine, nullptr);
  mp::sync_wait(mp::stackful([] { fault(); }));
}

TEST_CASE("child: a stackful task faults and the handler is for one time", "[.]") {
  handle_faults_by(&say_and_return, SA_RESETHAND);
  mp::sync_wait(mp::stackful([] { fault(); }));
}

TEST_CASE("child: a stackful task faults and the handler blocks another signal", "[.]") {
  handle_faults_by(&leave_with_mask, 0, SIGUSR1);
  mp::sync_wait(mp::stackful([] { fault(); }));
}

TEST_CASE("child: a stackful task faults and the handler may be interrupted by itself", "[.]") {
  handle_faults_by(&leave_with_mask, SA_NODEFER);
  mp::sync_wait(mp::stackful([] { fault(); }));
}

TEST_CASE("child: a stackful task faults and no handler wants to know", "[.]") {
  ::signal(SIGSEGV, SIG_DFL);
  mp::sync_wait(mp::stackful([] { fault(); }));
}

TEST_CASE("child: the signal of a fault is sent by a call", "[.]") {
  ::signal(SIGSEGV, SIG_DFL);
  mp::sync_wait(mp::stackful([] {}));
  ::raise(SIGSEGV);
}

TEST_CASE("child: a stackful task overflows its stack and no report is wanted", "[.]") {
  mp::pool_options options;
  options.stacks.report_overflow = false;
  const mp::thread_pool unused(options);
  overflow_in_a_stackful_task();
}

TEST_CASE("child: stackful tasks run and no report is wanted", "[.]") {
  mp::pool_options options;
  options.stacks.report_overflow = false;
  const mp::thread_pool unused(options);
  for (const int signal : {SIGSEGV, SIGBUS}) std::signal(signal, SIG_DFL);
  mp::sync_wait(mp::stackful([] { mp::await(mp::yield()); }));
  for (const int signal : {SIGSEGV, SIGBUS}) {
    struct sigaction now = {};
    if (::sigaction(signal, nullptr, &now) != 0 || now.sa_handler != SIG_DFL) ::_exit(5);
  }
  ::_exit(3);
}

TEST_CASE("a stack overflow names the task and says what to do") {
  const std::string name = GENERATE("child: a stackful task overflows its stack",
                                    "child: a stackful task overflows its stack on a worker",
                                    "child: a stackful task overflows its stack in large steps");
  const auto r = mt::run_as_child(name);
  INFO(r.output);
  CHECK(r.aborted());
  CHECK_THAT(r.output,
             mt::contains("micropool: stack overflow in the stackful task that was made at"));
  CHECK_THAT(r.output, mt::contains("stackful_overflow.cpp:"));
  CHECK_THAT(r.output, mt::contains("262144 bytes"));
  CHECK_THAT(r.output, mt::contains("pool_options::stacks.size"));
}

TEST_CASE("other faults go to the handler that was there before") {
  const auto r = mt::run_as_child("child: a stackful task faults elsewhere");
  INFO(r.output);
  CHECK(r.exit_code == 3);
  CHECK_THAT(r.output, mt::contains("handler of the program"));
  const auto with_details =
      mt::run_as_child("child: a stackful task faults and the handler wants to know where");
  INFO(with_details.output);
  CHECK(with_details.exit_code == 3);
}

TEST_CASE("a handler for one time is called once and then the fault ends the program") {
  const auto r = mt::run_as_child("child: a stackful task faults and the handler is for one time");
  INFO(r.output);
  CHECK(r.signal == SIGSEGV);
  CHECK_THAT(r.output, mt::contains("handler of the program"));
}

TEST_CASE("a handler that was there before runs with the signals blocked that it wants") {
  const auto blocks =
      mt::run_as_child("child: a stackful task faults and the handler blocks another signal");
  INFO(blocks.output);
  CHECK(blocks.exit_code == 13);
  const auto does_not = mt::run_as_child(
      "child: a stackful task faults and the handler may be interrupted by itself");
  INFO(does_not.output);
  // ThreadSanitizer blocks all others in every handler.
  CHECK((does_not.exit_code == 10 || (MICROPOOL_TSAN && does_not.exit_code == 12)));
}

TEST_CASE("other faults end the program as before where no handler takes them") {
  const auto r = mt::run_as_child("child: a stackful task faults and no handler wants to know");
  INFO(r.output);
  CHECK(r.signal == SIGSEGV);
}

TEST_CASE("a signal that was sent ends the program as before where no handler takes it") {
  const auto r = mt::run_as_child("child: the signal of a fault is sent by a call");
  INFO(r.output);
  CHECK(r.signal == SIGSEGV);
}

TEST_CASE("without stacks.report_overflow no handler is installed and an overflow is not reported") {
  const auto runs = mt::run_as_child("child: stackful tasks run and no report is wanted");
  INFO(runs.output);
  CHECK(runs.exit_code == 3);
  const auto overflows =
      mt::run_as_child("child: a stackful task overflows its stack and no report is wanted");
  INFO(overflows.output);
  CHECK(overflows.exit_code != 0);
  CHECK_THAT(overflows.output, !mt::contains("micropool: stack overflow"));
}
