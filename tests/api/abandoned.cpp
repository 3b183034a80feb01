// SPDX-License-Identifier: MIT OR Apache-2.0
// The foreign side destroys the handle that it was given instead of resuming it.
#include "catch.hpp"
#include "child_process.hpp"
#include "foreign.hpp"
#include "place.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <coroutine>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

enum class destroyed { inside, on_another_thread };

// Where handles end, and on which thread.
struct end_of_handles {
  destroyed where;
  mt::foreign_thread* reaper;

  void take(std::coroutine_handle<> h) const {
    if (where == destroyed::inside) {
      h.destroy();
    } else {
      reaper->destroy_here(h);
    }
  }
};

// Never resumes; Answer is what await_suspend returns.
template <class Answer>
class abandons {
public:
  explicit abandons(end_of_handles e) : end_(e) {}
  bool await_ready() const noexcept { return false; }
  Answer await_suspend(std::coroutine_handle<> h) {
    end_.take(h);
    if constexpr (std::is_same_v<Answer, bool>) return true;
    if constexpr (std::is_same_v<Answer, std::coroutine_handle<>>) return std::noop_coroutine();
  }
  int await_resume() const { throw std::logic_error("resumed after all"); }

private:
  end_of_handles end_;
};

template <class Answer>
mp::task<int> waits(end_of_handles e, mt::census& c) {
  const mt::tracked local(c);
  abandons<Answer> never(e);
  const int n = co_await never;
  co_return n;
}

template <class Answer>
mp::task<int> waits_below(int depth, end_of_handles e, mt::census& c) {
  const mt::tracked local(c);
  auto child = depth == 0 ? waits<Answer>(e, c) : waits_below<Answer>(depth - 1, e, c);
  const int n = co_await std::move(child);
  co_return n;
}

template <class F>
bool is_abandoned(F&& f) {
  try {
    static_cast<void>(f());
  } catch (const mp::operation_abandoned&) {
    return true;
  }
  return false;
}

// Takes what on_unhandled_exception gets.
struct abandoned_counter {
  std::atomic<int> count{0};
  auto handler() {
    return [this](std::exception_ptr e) {
      if (is_abandoned([&] { std::rethrow_exception(std::move(e)); })) ++count;
    };
  }
};

}  // namespace

TEMPLATE_TEST_CASE("a task whose handle is destroyed gets operation_abandoned and unwinds", "",
                   void, bool, std::coroutine_handle<>) {
  const auto where = GENERATE(from_range(mt::every_setting()));
  const auto how = GENERATE(destroyed::inside, destroyed::on_another_thread);
  CAPTURE(where, how == destroyed::inside);
  mt::foreign_thread reaper;
  mt::place here(where);
  mt::census census;
  const end_of_handles end{how, &reaper};
  int missed = 0;
  for (int round = 0; round < 20; ++round) {
    here.run([&] {
      if (!is_abandoned([&] { return mp::sync_wait(waits<TestType>(end, census)); })) ++missed;
      if (!is_abandoned([&] { return mp::sync_wait(waits_below<TestType>(5, end, census)); }))
        ++missed;
      abandons<TestType> plain(end);
      if (!is_abandoned([&] { return mp::sync_wait(plain); })) ++missed;
    });
  }
  CHECK(missed == 0);
  CHECK(census.alive() == 0);
}

TEST_CASE("what a coroutine holds has ended when destroy() of its handle returns") {
  // Not atomic: ThreadSanitizer sees if another thread ends them.
  struct life {
    explicit life(int& n) : count(n) { ++count; }
    life(const life&) = delete;
    life& operator=(const life&) = delete;
    ~life() { --count; }
    int& count;
  };
  struct hands_over {
    hands_over(std::atomic<void*>& h, int& n) : handle(h), in_the_awaiter(n) {}
    std::atomic<void*>& handle;
    life in_the_awaiter;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) const noexcept { handle = h.address(); }
    int await_resume() const noexcept { return 0; }
  };
  const std::size_t workers = GENERATE(0u, 1u, 4u);
  const bool in_fiber = GENERATE(false, true);
  CAPTURE(workers, in_fiber);
  mp::thread_pool pool({.num_threads = workers});
  for (int round = 0; round < 50; ++round) {
    std::atomic<void*> handle{nullptr};
    int alive = 0;
    int others = 0;
    const auto body = [](std::atomic<void*>& h, int& n) -> mp::task<int> {
      const life local(n);
      const int got = co_await hands_over(h, n);
      co_return got;
    };
    const auto plain = [&] {
      const life local(alive);
      return mp::await(hands_over(handle, alive));
    };
    const auto outer = [&]() -> mp::task<int> {
      const life local(others);  // ends on the pool
      auto inner = in_fiber ? mp::task<int>(mp::stackful(plain)) : body(handle, alive);
      const int got = co_await std::move(inner);
      co_return got;
    };
    auto owned = pool.spawn_owned(outer());
    if (workers == 0) owned.help();
    while (handle == nullptr) std::this_thread::yield();
    std::coroutine_handle<>::from_address(handle).destroy();
    REQUIRE(alive == 0);
    REQUIRE(is_abandoned([&] { return owned.join(); }));
    REQUIRE(others == 0);
  }
}

TEST_CASE("a coroutine that goes on after its handle was destroyed leaves destroy() when it waits") {
  const std::size_t workers = GENERATE(0u, 1u, 4u);
  CAPTURE(workers);
  mp::thread_pool pool({.num_threads = workers});
  mt::event first;
  std::atomic<void*> handle{nullptr};
  struct hands_over {
    std::atomic<void*>& handle;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) const noexcept { handle = h.address(); }
    void await_resume() const noexcept {}
  };
  std::thread::id ran_on;
  const auto goes_on = [&]() -> mp::task<int> {
    bool abandoned = false;
    try {
      co_await hands_over{handle};
    } catch (const mp::operation_abandoned&) {
      abandoned = true;
    }
    ran_on = std::this_thread::get_id();
    const auto answer = [&]() -> mp::task<int> {
      co_await first;
      co_return 20;
    };
    auto both = mp::join(answer(), [] { return 2; });
    const auto [a, b] = co_await std::move(both);
    co_return abandoned ? a + b : -1;
  };
  auto owned = pool.spawn_owned(goes_on());
  if (workers == 0) owned.help();
  while (handle == nullptr) std::this_thread::yield();
  std::coroutine_handle<>::from_address(handle).destroy();
  CHECK(ran_on == std::this_thread::get_id());
  CHECK_FALSE(owned.complete());
  first.fire();
  CHECK(owned.join() == 22);
}

// ThreadSanitizer takes some 300 KB for each stack, of which such a chain needs thousands at once.
#if !MICROPOOL_TSAN
TEST_CASE("handles are destroyed inside each other to any depth") {
  const std::size_t workers = GENERATE(0u, 1u);
  CAPTURE(workers);
  constexpr int depth = 70'000;  // more than a pool has slots
  mp::thread_pool pool({.num_threads = workers});
  const end_of_handles at_once{destroyed::inside, nullptr};
  const auto tries_again = [&]() -> mp::task<int> {
    int abandoned = 0;
    for (int i = 0; i < depth; ++i) {
      try {
        co_await abandons<void>(at_once);
      } catch (const mp::operation_abandoned&) {
        ++abandoned;
      }
    }
    co_return abandoned;
  };
  CHECK(pool.sync_wait(tries_again()) == depth);
  CHECK(pool.spawn_owned(tries_again()).join() == depth);
}
#endif

TEST_CASE("branches, children and bodies whose handles are destroyed end their join or scope") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  const auto how = GENERATE(destroyed::inside, destroyed::on_another_thread);
  CAPTURE(where, how == destroyed::inside);
  mt::foreign_thread reaper;
  mt::place here(where);
  mt::census census;
  const end_of_handles end{how, &reaper};
  std::atomic<int> siblings{0};
  int missed = 0;
  constexpr int rounds = 20;
  for (int round = 0; round < rounds; ++round) {
    here.run([&] {
      const auto sibling = [&] { return ++siblings; };
      auto joined = mp::join(waits<void>(end, census), sibling, waits_below<bool>(3, end, census));
      if (!is_abandoned([&] { return mp::sync_wait(std::move(joined)); })) ++missed;
      std::vector<mp::task<int>> many;
      for (int i = 0; i < 10; ++i) many.push_back(waits_below<void>(i % 3, end, census));
      if (!is_abandoned([&] { return mp::sync_wait(mp::join_all(std::move(many))); })) ++missed;
      const auto blocking = [&](mp::scope_ref s) {
        s.fork(waits<void>(end, census));
        s.fork(sibling);
      };
      if (!is_abandoned([&] { return mp::scope(blocking), 0; })) ++missed;
      const auto awaited = [&](mp::scope_ref s) -> mp::task<int> {
        s.fork(sibling);
        auto body = waits<bool>(end, census);
        const int n = co_await std::move(body);
        co_return n;
      };
      if (!is_abandoned([&] { return mp::sync_wait(mp::scope(awaited)); })) ++missed;
      const auto each = [&](int) { return waits<void>(end, census); };
      if (!is_abandoned([&] { return mp::sync_wait(mp::par_range(10).for_each(each)), 0; }))
        ++missed;
    });
  }
  CHECK(missed == 0);
  CHECK(siblings == 3 * rounds);
  CHECK(census.alive() == 0);
}

TEST_CASE("a stackful task whose handle is destroyed unwinds its stack or awaits something else") {
  const std::size_t workers = GENERATE(0u, 1u, 4u);
  const auto how = GENERATE(destroyed::inside, destroyed::on_another_thread);
  CAPTURE(workers, how == destroyed::inside);
  mt::foreign_thread reaper;
  mp::thread_pool pool({.num_threads = workers});
  mt::census census;
  const end_of_handles end{how, &reaper};
  int missed = 0;
  for (int round = 0; round < 20; ++round) {
    const auto unwinds = [&] {
      const mt::tracked local(census);
      return mp::await(abandons<bool>(end));
    };
    if (!is_abandoned([&] { return pool.sync_wait(mp::stackful(unwinds)); })) ++missed;
    const auto stays = [&] {
      const mt::tracked local(census);
      const bool first = is_abandoned([&] { return mp::await(abandons<void>(end)); });
      return first ? mp::await(reaper.resume_here(7)) : -1;
    };
    if (pool.sync_wait(mp::stackful(stays)) != 7) ++missed;
  }
  CHECK(missed == 0);
  CHECK(census.alive() == 0);
}

TEST_CASE("a background task whose handle is destroyed answers every handle") {
  const std::size_t workers = GENERATE(0u, 1u, 4u);
  const auto how = GENERATE(destroyed::inside, destroyed::on_another_thread);
  CAPTURE(workers, how == destroyed::inside);
  mt::foreign_thread reaper;
  mp::thread_pool pool({.num_threads = workers});
  mt::census census;
  const end_of_handles end{how, &reaper};
  int missed = 0;
  for (int round = 0; round < 20; ++round) {
    auto owned = pool.spawn_owned(waits<void>(end, census));
    if (!is_abandoned([&] { return owned.join(); })) ++missed;
    const auto shared = pool.spawn_shared(waits_below<bool>(2, end, census));
    if (!is_abandoned([&] { return shared.join(); })) ++missed;
    if (!is_abandoned([&] { return shared.join(); })) ++missed;
    auto awaited = pool.spawn_owned(mp::stackful([&] { return mp::await(abandons<void>(end)); }));
    if (!is_abandoned([&] { return pool.sync_wait(std::move(awaited)); })) ++missed;
  }
  CHECK(missed == 0);
  CHECK(census.alive() == 0);
}

TEST_CASE("a detached task whose handle is destroyed reports operation_abandoned once") {
  const std::size_t workers = GENERATE(0u, 1u, 4u);
  CAPTURE(workers);
  mt::foreign_thread reaper;
  mt::census census;
  abandoned_counter unhandled;
  {
    mp::thread_pool pool(
        {.num_threads = workers, .on_unhandled_exception = unhandled.handler()});
    for (const auto how : {destroyed::inside, destroyed::on_another_thread})
      static_cast<void>(pool.spawn_owned(waits<void>({how, &reaper}, census)));
  }
  CHECK(unhandled.count == 2);
  CHECK(census.alive() == 0);
}

TEST_CASE("a detached task whose handle is destroyed does not end the program by default") {
  const auto child = mt::run_as_child("child: abandons a detached task");
  CHECK(child.exit_code == 0);
  CHECK_THAT(child.output, mt::contains("has been abandoned"));
}

TEST_CASE("child: abandons a detached task", "[.child]") {
  mt::foreign_thread reaper;
  mt::census census;
  {
    mp::thread_pool pool({.num_threads = 1});
    static_cast<void>(
        pool.spawn_owned(waits<void>({destroyed::on_another_thread, &reaper}, census)));
  }
  CHECK(census.alive() == 0);
}

TEST_CASE("an exception that leaves await_suspend after its handle was destroyed is dropped") {
  struct drops_it_on_the_way {
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) const {
      struct owner {
        std::coroutine_handle<> handle;
        ~owner() { handle.destroy(); }
      };
      const owner in_a_queue{h};
      throw mt::numbered_error(1);
    }
    void await_resume() const noexcept {}
  };
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  const bool abandoned = here.run([] {
    return is_abandoned([] { return mp::sync_wait(drops_it_on_the_way()), 0; });
  });
  CHECK(abandoned);
}

#if MICROPOOL_DEBUG_CHECKS
TEST_CASE("an await_suspend that says it does not suspend after its handle was resumed is caught") {
  const auto child = mt::run_as_child("child: resumes and says that it does not suspend");
  CHECK(child.aborted());
  CHECK_THAT(child.output, mt::contains("after the handle that it was given had been resumed"));
}

TEST_CASE("child: resumes and says that it does not suspend", "[.child]") {
  struct both {
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> h) const { return h.resume(), false; }
    void await_resume() const noexcept {}
  };
  mp::sync_wait(both());
}
#endif
