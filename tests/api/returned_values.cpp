// SPDX-License-Identifier: MIT OR Apache-2.0
// co_return takes what `return` takes in a function of that result, and nothing else.
#include "catch.hpp"
#include "place.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <any>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

struct base {};
struct derived : base {};
// `return 5` makes it from a long, since the other constructor is explicit.
struct picks {
  explicit picks(int) : from('i') {}
  picks(long) : from('l') {}
  char from;
};
struct abstract {
  virtual int number() const = 0;

protected:
  ~abstract() = default;
};
struct concrete final : abstract {
  int number() const override { return 7; }
};

template <class T, class From>
concept returns =
    requires(typename mp::task<T>::promise_type& p, From&& f) { p.return_value(std::forward<From>(f)); };

static_assert(!returns<std::vector<int>, int>);
static_assert(!returns<std::unique_ptr<int>, int*>);
static_assert(!returns<std::string_view, int> && !returns<mt::move_only, int>);
static_assert(!returns<std::unique_ptr<int>, std::unique_ptr<int>&>);
static_assert(!returns<int, std::string> && !returns<int, void*>);
static_assert(returns<std::vector<int>, std::vector<int>> && returns<std::vector<int>, std::vector<int>&>);
static_assert(returns<long, int> && returns<std::string, const char*> && returns<std::any, int>);
static_assert(returns<std::optional<int>, int> && returns<std::optional<int>, std::nullopt_t>);
static_assert(returns<const std::string, const char*>);
// References: the object itself or one derived from it, and no temporaries.
static_assert(returns<int&, int&> && returns<const int&, int&> && returns<base&, derived&>);
static_assert(returns<int&, std::reference_wrapper<int>> && returns<abstract&, concrete&>);
static_assert(!returns<int&, int> && !returns<int&, const int&> && !returns<int&, long&>);
static_assert(!returns<const int&, int> && !returns<const int&, long&> && !returns<derived&, base&>);
static_assert(!returns<const std::string&, const char*> && !returns<const std::string&, std::string>);

mp::task<std::vector<int>> braces() { co_return {1, 2, 3}; }
mp::task<std::vector<int>> nothing() { co_return {}; }
mp::task<std::pair<int, std::string>> pair_in_braces() { co_return {1, "one"}; }
mp::task<std::unique_ptr<int>> owner() {
  auto made = std::make_unique<int>(4);
  co_return made;  // a local variable is moved
}
mp::task<mt::move_only> moved() { co_return mt::move_only(5); }
mp::task<picks> picked() { co_return 5; }
mp::task<const std::string> constant() { co_return "constant"; }
mp::task<base&> reference(derived& d) { co_return d; }
mp::task<const int&> unwrapped(std::reference_wrapper<const int> r) { co_return r; }
mp::task<abstract&> of_abstract(concrete& c) { co_return c; }

}  // namespace

TEST_CASE("co_return converts as return does") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  derived d;
  const int n = 6;
  concrete c;
  const bool right = here.run([&] {
    const auto [a, b, e] = mp::sync_wait(mp::join(braces(), nothing(), pair_in_braces()));
    bool all = a == std::vector{1, 2, 3} && b.empty() && e == std::pair{1, std::string("one")};
    all = all && *mp::sync_wait(owner()) == 4 && mp::sync_wait(moved()).value == 5;
    all = all && mp::sync_wait(picked()).from == 'l' && mp::sync_wait(constant()) == "constant";
    all = all && &mp::sync_wait(reference(d)) == &d && &mp::sync_wait(unwrapped(n)) == &n;
    auto spawned = mp::spawn_owned(braces());
    return all && spawned.join() == a && mp::sync_wait(of_abstract(c)).number() == 7;
  });
  CHECK(right);
}
