// SPDX-License-Identifier: MIT OR Apache-2.0
#include "stack_overflow.hpp"

#include "../base/thread_exit.hpp"
#include "running_fiber.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace micropool::detail {
namespace {

struct sigaction before_segv;
struct sigaction before_bus;

// Writes without anything that a signal handler must not do.
class message {
public:
  message& operator<<(const char* text) noexcept {
    const std::size_t n = std::strlen(text);
    // A failed write is not reported: there is no better place to report it to.
    if (::write(STDERR_FILENO, text, n) < 0) return *this;
    return *this;
  }
  message& operator<<(std::size_t number) noexcept {
    char digits[32] = {};
    std::to_chars(digits, digits + sizeof digits - 1, number);
    return *this << digits;
  }
};

[[noreturn]] void report(const running_fiber& f) noexcept {
  if (!f.of_task) {
    message() << "micropool: stack overflow in a blocked call (join, scope, loop, sync_wait or the "
                 "like) that has continued on another stack, since its thread's own is used up or "
                 "unknown: this one has "
              << f.memory.size
              << " bytes. Raise pool_options::stacks.size of its pool, recurse less deeply, or keep "
                 "large objects off the stack.\n";
    std::abort();
  }
  // The place comes first, because the name of a coroutine's function may be a page long.
  message()
      << "micropool: stack overflow in the stackful task that was made at " << f.made_at.file_name()
      << ":" << std::size_t{f.made_at.line()} << " (" << f.made_at.function_name()
      << "): its stack has " << f.memory.size
      << " bytes. Raise pool_options::stacks.size of its pool, recurse less deeply, or keep large "
         "objects off the stack.\n";
  std::abort();
}

// Does what the system would do before it calls that handler. The system undoes the change of the
// mask at the end of ours.
void apply_flags_of(const struct sigaction& handler, int signal) noexcept {
  if ((handler.sa_flags & SA_RESETHAND) != 0) {
    struct sigaction by_default = {};
    by_default.sa_handler = SIG_DFL;
    ::sigaction(signal, &by_default, nullptr);
  }
  if ((handler.sa_flags & SA_NODEFER) != 0) {
    sigset_t only_this;
    sigemptyset(&only_this);
    sigaddset(&only_this, signal);
    ::pthread_sigmask(SIG_UNBLOCK, &only_this, nullptr);
  }
  ::pthread_sigmask(SIG_BLOCK, &handler.sa_mask, nullptr);
}

void pass_on(int signal, siginfo_t* info, void* context) noexcept {
  const struct sigaction& before = signal == SIGSEGV ? before_segv : before_bus;
  if ((before.sa_flags & SA_SIGINFO) != 0) {
    apply_flags_of(before, signal);
    before.sa_sigaction(signal, info, context);
  } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
    apply_flags_of(before, signal);
    before.sa_handler(signal);
  } else {
    // The faulting instruction is executed again, and then the system does its default action. A
    // signal that was sent by a process is sent again; it arrives when this handler has returned.
    ::sigaction(signal, &before, nullptr);
    if (info->si_code <= 0) ::raise(signal);
  }
}

void on_fault(int signal, siginfo_t* info, void* context) noexcept {
  const running_fiber* const f = fiber_of_this_thread();
  if (f != nullptr && is_guard_of(f->memory, info->si_addr)) report(*f);
  pass_on(signal, info, context);
}

void install_handlers() noexcept {
  struct sigaction mine = {};
  mine.sa_sigaction = &on_fault;
  mine.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&mine.sa_mask);
  ::sigaction(SIGSEGV, &mine, &before_segv);
  ::sigaction(SIGBUS, &mine, &before_bus);
}

// A handler cannot run on the stack that has overflowed, so each thread has another one for it.
// The vector registers that the kernel saves take up to some ten kilobytes.
constexpr std::size_t signal_stack_size = std::size_t{64} << 10;

// Null: not prepared yet. The address of `kept_other`: none was made, because the thread had one
// before, or for lack of memory, or because no report is wanted.
[[gnu::tls_model("initial-exec")]] constinit thread_local void* signal_stack = nullptr;
constinit char kept_other = 0;

void end_signal_stack() noexcept {
  stack_t present = {};
  if (::sigaltstack(nullptr, &present) == 0 && present.ss_sp == signal_stack) {
    stack_t none = {};
    none.ss_flags = SS_DISABLE;
    ::sigaltstack(&none, nullptr);
  }
  ::munmap(signal_stack, signal_stack_size);
  signal_stack = nullptr;
}

void make_signal_stack() noexcept {
  signal_stack = &kept_other;
  stack_t present = {};
  if (::sigaltstack(nullptr, &present) != 0 || (present.ss_flags & SS_DISABLE) == 0) return;
  void* const memory = ::mmap(nullptr, signal_stack_size, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return;
  stack_t mine = {};
  mine.ss_sp = memory;
  mine.ss_size = signal_stack_size;
  if (::sigaltstack(&mine, nullptr) == 0) {
    signal_stack = memory;
    at_thread_exit(exit_step::end_signal_stack, &end_signal_stack);
  } else {
    ::munmap(memory, signal_stack_size);
  }
}

enum class handlers : unsigned char { unwanted, none, installed };
constinit std::atomic<handlers> state{handlers::none};

[[gnu::cold, gnu::noinline]] void prepare() noexcept {
  handlers now = handlers::none;
  // Not call_once: a child of fork() would wait in it for a thread that exists only in the parent.
  if (state.compare_exchange_strong(now, handlers::installed, std::memory_order_relaxed)) {
    install_handlers();
  }
  if (now == handlers::unwanted) {
    signal_stack = &kept_other;
  } else {
    make_signal_stack();
  }
}

}  // namespace

void report_overflows_on_this_thread() noexcept {
  if (signal_stack == nullptr) [[unlikely]] prepare();
}

void never_report_overflows() noexcept {
  handlers now = handlers::none;
  state.compare_exchange_strong(now, handlers::unwanted, std::memory_order_relaxed);
}

}  // namespace micropool::detail
