// SPDX-License-Identifier: MIT OR Apache-2.0
// Each parser runs in a stackful task. Where it asks, many calls below visit(), it awaits: its
// stack stays as it is, and the thread goes on with the parser of another file. The parser and the
// visitor are not changed for that, and could not be: `co_await` would have to stand in every
// function between.
#include <micropool/micropool.hpp>

#include <coroutine>
#include <exception>

#include "run.hpp"

namespace mp = micropool;

namespace legacy_visitor {
namespace {

/// The questions of one parser.
class waits_on_its_stack final : public name_service, private question {
public:
  explicit waits_on_its_stack(rounds& with) : with_(with) {}

  similar ask(std::string_view text) override {
    name = text;
    if (mp::await(joins_round{*this})) mp::await(with_.answer());
    if (failure) std::rethrow_exception(failure);
    return answer;
  }

private:
  /// Waits for the answer. True instead: this was the last question of the round, nothing is
  /// answered.
  struct joins_round {
    waits_on_its_stack& self;
    bool last = false;

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> waiter) {
      self.waiter_ = waiter;
      // LAST TOUCH: after false the answer may be there, and this object gone with the stack's next
      // step.
      if (!self.with_.ask(self)) return true;
      self.waiter_ = nullptr;
      last = true;
      return false;
    }
    bool await_resume() const noexcept { return last; }
  };

  void go_on() override {
    if (waiter_) waiter_.resume();  // sends it to its pool; it does not run in here
  }

  rounds& with_;
  std::coroutine_handle<> waiter_;
};

mp::task<> parse(const json_file& file, std::string_view key, rounds& with, file_result& result,
                 first_failure& failure) {
  auto plain = [&] {
    waits_on_its_stack service(with);
    return visit(file, key, service);
  };
  try {
    result = co_await mp::stackful(plain);
  } catch (...) {
    failure.note(std::current_exception());
  }
  // In any case, for the others would wait for a question of this one.
  if (with.leave()) co_await with.answer();
}

}  // namespace

run run_stackful(const work& what, mp::thread_pool& pool) {
  run result;
  const stopwatch watch;
  rounds all(what.names, what.files());
  result.results.resize(what.files());
  first_failure failure;
  pool.scope([&](mp::scope_ref children) {
    for (std::size_t i = 0; i != what.files(); ++i) {
      children.fork(parse(what.file(i), what.key, all, result.results[i], failure));
    }
  });
  failure.rethrow();
  watch.stop(result);
  result.counts = all.counts();
  return result;
}

}  // namespace legacy_visitor
