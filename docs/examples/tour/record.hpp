// SPDX-License-Identifier: MIT OR Apache-2.0
// Records which thread ran which branch of which join, and what that thread was waiting for then.
// Judges nothing while the program runs: `rule_kept` looks at the records afterwards.
#pragma once

#include <micropool/join.hpp>
#include <micropool/thread_pool.hpp>

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tour {

struct thread_name {
  pid_t id = 0;
  std::string text;
  bool operator==(const thread_name& other) const { return id == other.id; }
};

inline thread_name this_thread() {
  const pid_t id = ::gettid();
  const std::optional<std::size_t> worker = micropool::this_thread_index();
  return {id, worker ? "worker " + std::to_string(*worker)
                     : std::string(id == ::getpid() ? "the main thread" : "an outside thread")};
}

/// One call of join: who made it, and from a branch of which other call. Lives as long as the call.
struct call {
  const char* name;
  const call* above;
  thread_name caller;

  bool is_or_is_below(const call* other) const {
    for (const call* c = this; c != nullptr; c = c->above) {
      if (c == other) return true;
    }
    return false;
  }
};

/// One branch that was run. Everything is stored as it was when the branch began, because the calls
/// it points to are gone when the records are read.
struct branch_record {
  std::string branch;
  std::string of;            // the call it is a branch of; empty: it belongs to none
  thread_name caller;        // of that call
  thread_name runner;        // of the branch
  std::string blocked_in;    // the innermost call that the runner was inside of; empty: it was idle
  bool waits_for_it = true;  // whether the branch descends from that call
};

class recorder {
public:
  /// Prints a letter with the thread that prints it and the time since the start.
  void letter(char which) {
    const auto now = std::chrono::steady_clock::now() - start_;
    const thread_name here = this_thread();
    std::printf("%c  at %6.1f ms  %s (thread %d)\n", which,
                std::chrono::duration<double, std::milli>(now).count(), here.text.c_str(),
                static_cast<int>(here.id));
    std::fflush(stdout);
  }

  /// micropool::join of two branches that are called with this call, so that they can name it as
  /// the one above their own.
  template <class Left, class Right>
  void join(const char* name, const call* above, const char* left_name, Left&& left,
            const char* right_name, Right&& right) {
    const call self{name, above, this_thread()};
    const inside_of entered(self);
    micropool::join([&] { run(self, left_name, left); }, [&] { run(self, right_name, right); });
  }

  /// Runs something that belongs to no join: a thread that is blocked in one must not come here.
  template <class F>
  void apart(const char* name, F&& f) {
    const call* const blocked = innermost();
    branch_record record;
    record.branch = name;
    record.runner = this_thread();
    record.blocked_in = blocked ? blocked->name : "";
    record.waits_for_it = blocked == nullptr;
    add(std::move(record));
    f();
  }

  /// The records, once all calls have returned.
  const std::vector<branch_record>& records() const { return records_; }

private:
  /// While it exists, this thread cannot return from `c`: whatever it runs, it runs on top of it.
  class inside_of {
  public:
    explicit inside_of(const call& c) : outer_(innermost()) { innermost() = &c; }
    ~inside_of() { innermost() = outer_; }
    inside_of(const inside_of&) = delete;

  private:
    const call* outer_;
  };

  static const call*& innermost() {
    static thread_local const call* value = nullptr;
    return value;
  }

  template <class Branch>
  void run(const call& of, const char* name, Branch& branch) {
    const call* const blocked = innermost();
    add({name, of.name, of.caller, this_thread(), blocked ? blocked->name : "",
         blocked == nullptr || of.is_or_is_below(blocked)});
    branch(of);
  }

  void add(branch_record record) {
    const std::lock_guard lock(mutex_);
    records_.push_back(std::move(record));
  }

  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::mutex mutex_;
  std::vector<branch_record> records_;
};

/// The rule: a thread that is blocked in a call runs only branches that descend from that call.
inline bool rule_kept(const std::vector<branch_record>& records) {
  for (const branch_record& each : records) {
    if (!each.waits_for_it) return false;
  }
  return true;
}

}  // namespace tour
