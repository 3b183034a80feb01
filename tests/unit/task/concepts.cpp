// SPDX-License-Identifier: MIT OR Apache-2.0
// What counts as an awaitable, a plain callable and an asynchronous one, and what awaiting yields.
#include "foreign.hpp"
#include "catch.hpp"

#include <micropool/detail/task/as_task.hpp>
#include <micropool/join.hpp>
#include <micropool/scope.hpp>

#include <coroutine>
#include <string>
#include <type_traits>
#include <utility>

namespace mp = micropool;
namespace mt = micropool_test;
using namespace micropool::detail;

namespace {

struct with_member_operator {
  mt::always_ready operator co_await() const { return {1}; }
};
struct with_free_operator {};
[[maybe_unused]] mt::always_ready operator co_await(const with_free_operator&) { return {1}; }
struct only_as_rvalue {
  mt::always_ready operator co_await() && { return {1}; }
};
struct only_as_lvalue {
  mt::always_ready operator co_await() & { return {1}; }
};
struct yields_reference : mt::always_ready {
  const std::string& await_resume() const;
};
struct yields_rvalue_reference : mt::always_ready {
  std::string&& await_resume() const;
};
// Each lacks one of the three.
struct no_ready {
  void await_suspend(std::coroutine_handle<>);
  void await_resume();
};
struct no_suspend {
  bool await_ready();
  void await_resume();
};
struct no_resume {
  bool await_ready();
  void await_suspend(std::coroutine_handle<>);
};

struct callable_and_awaitable : mt::always_ready {
  int operator()() const;
};
using plain = int (*)();
using makes_task = mp::task<int> (*)();
using makes_awaitable = mt::always_ready (*)();
using takes_argument = int (*)(int);

static_assert(awaitable<mp::task<int>> && awaitable<mp::task<>> && awaitable<mp::task<int>&>);
static_assert(awaitable<mt::always_ready> && awaitable<mt::always_ready&>);
static_assert(awaitable<std::suspend_always>);
static_assert(awaitable<with_member_operator> && awaitable<with_free_operator>);
static_assert(awaitable<only_as_rvalue> && !awaitable<only_as_rvalue&>);
static_assert(awaitable<only_as_lvalue&> && !awaitable<only_as_lvalue>);
static_assert(awaitable<decltype(mp::join(std::declval<mp::task<>>()))>);
static_assert(!awaitable<no_ready> && !awaitable<no_suspend> && !awaitable<no_resume>);
static_assert(!awaitable<int> && !awaitable<plain> && !awaitable<makes_task>);

static_assert(plain_callable<plain> && !async_callable<plain>);
static_assert(async_callable<makes_task> && !plain_callable<makes_task>);
static_assert(async_callable<makes_awaitable> && !plain_callable<makes_awaitable>);
static_assert(!plain_callable<takes_argument> && !async_callable<takes_argument>);
static_assert(!plain_callable<int> && !async_callable<int>);
// What can be awaited is awaited, though it could be called.
static_assert(!plain_callable<callable_and_awaitable> && !async_callable<callable_and_awaitable>);
static_assert(async_branch<callable_and_awaitable>);

static_assert(async_branch<mp::task<>> && async_branch<makes_task> && async_branch<makes_task&>);
static_assert(async_branch<only_as_lvalue&> && async_branch<only_as_rvalue>);
static_assert(!async_branch<plain> && !async_branch<int>);

static_assert(std::is_same_v<await_result_t<mp::task<int>>, int>);
static_assert(std::is_same_v<await_result_t<mp::task<int&>>, int&>);
static_assert(std::is_void_v<await_result_t<mp::task<>>>);
static_assert(std::is_same_v<await_result_t<with_member_operator>, int>);
static_assert(std::is_same_v<await_result_t<yields_reference>, const std::string&>);
static_assert(std::is_same_v<await_result_t<yields_rvalue_reference>, std::string>);
static_assert(std::is_same_v<call_result_t<int && (*)()>, int>);
static_assert(std::is_same_v<call_result_t<int& (*)()>, int&>);

// One shape for every branch.
static_assert(std::is_same_v<as_task_t<mp::task<int>>, mp::task<int>>);
static_assert(std::is_same_v<as_task_t<plain>, mp::task<int>>);
static_assert(std::is_same_v<as_task_t<plain&>, mp::task<int>>);
static_assert(std::is_same_v<as_task_t<makes_task>, mp::task<int>>);
static_assert(std::is_same_v<as_task_t<makes_awaitable>, mp::task<int>>);
static_assert(std::is_same_v<as_task_t<mt::always_ready>, mp::task<int>>);
static_assert(std::is_same_v<as_task_t<only_as_lvalue&>, mp::task<int>>);
static_assert(std::is_same_v<as_task_t<std::string && (*)()>, mp::task<std::string>>);

}  // namespace

TEST_CASE("an awaiter is got from a member operator, a free one, or is the object itself") {
  CHECK(get_awaiter(with_member_operator{}).value == 1);
  CHECK(get_awaiter(with_free_operator{}).value == 1);
  CHECK(get_awaiter(only_as_rvalue{}).value == 1);
  mt::always_ready itself{2};
  CHECK(&get_awaiter(itself) == &itself);
}
