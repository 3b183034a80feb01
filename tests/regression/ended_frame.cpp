// SPDX-License-Identifier: MIT OR Apache-2.0
// The loop at the bottom of a stack remembered the coroutine that it had resumed for longer than
// that lived. The destructor of a detached task's result runs after the coroutine has ended; a fork
// in it read the frame's freed memory, and where another frame had taken that over, pushed into a
// deque where the fork does not belong. The order shows it: a deque gives back the newest first, an
// inbox the oldest.
#include <micropool/micropool.hpp>

#include "catch.hpp"

#include <optional>
#include <string>
#include <utility>

namespace mp = micropool;

namespace {

struct outer_scope {
  std::optional<mp::scope_ref> ref;
  std::string order;
};

// As a result, forks when it is destroyed.
class forks_at_end {
public:
  explicit forks_at_end(outer_scope* s) noexcept : scope_(s) {}
  forks_at_end(forks_at_end&& other) noexcept : scope_(std::exchange(other.scope_, nullptr)) {}
  forks_at_end& operator=(forks_at_end&&) = delete;
  ~forks_at_end();

private:
  outer_scope* scope_;
};

// One coroutine in both places, so that the frame of a fork has the size of the ended one.
mp::task<forks_at_end> note(outer_scope* s, char c) {
  if (c == '.') co_await mp::yield();
  if (c != '.') s->order += c;
  co_return forks_at_end(c == '.' ? s : nullptr);
}

forks_at_end::~forks_at_end() {
  if (scope_ == nullptr) return;
  for (const char c : {'a', 'b', 'c'}) scope_->ref->fork(note(scope_, c));
}

}  // namespace

TEST_CASE("the destructor of a detached task's result forks into the inbox of an open scope") {
  mp::thread_pool pool({.num_threads = 0});
  outer_scope s;
  pool.scope([&](mp::scope_ref ref) {
    s.ref = ref;
    mp::thread_pool ends_here({.num_threads = 0});
    static_cast<void>(ends_here.spawn_owned(note(&s, '.')));
  });
  CHECK(s.order == "abc");
}
