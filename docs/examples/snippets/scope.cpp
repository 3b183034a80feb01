// SPDX-License-Identifier: MIT OR Apache-2.0
// scope: children whose number is known only at run time.
#include <micropool/micropool.hpp>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "check.hpp"

namespace mp = micropool;

// [snippet: blocking]
std::vector<int> squares(const std::vector<int>& values) {
  std::vector<int> results(values.size());
  mp::scope([&](mp::scope_ref s) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      s.fork([&, i] { results[i] = values[i] * values[i]; });  // i by value: it changes
    }
  });
  return results;  // every child has ended
}
// [end]

// [snippet: awaited]
struct node {
  int value = 0;
  std::vector<std::unique_ptr<node>> children;
};

mp::task<> visit(const node& n, std::atomic<int>& sum) {
  sum += n.value;
  co_await mp::scope([&](mp::scope_ref s) -> mp::task<> {
    for (const auto& child : n.children) s.fork(visit(*child, sum));
    co_return;
  });
}
// [end]

// [snippet: result]
mp::task<int> result_of_the_body() {
  std::atomic<int> forked{0};
  const int body = co_await mp::scope([&](mp::scope_ref s) -> mp::task<int> {
    s.fork([&] { forked += 1; });
    co_return 41;
  });
  co_return body + forked;
}
// [end]

// [snippet: fork_in_a_child]
void count_down(mp::scope_ref s, std::atomic<int>& ran, int n) {
  ++ran;
  if (n > 0) s.fork([=, &ran] { count_down(s, ran, n - 1); });  // on the same scope
}

int one_scope_for_all() {
  std::atomic<int> ran{0};
  mp::scope([&](mp::scope_ref s) { count_down(s, ran, 99); });
  return ran;
}
// [end]

// [snippet: stop]
int search(const std::vector<int>& values, int wanted) {
  std::atomic<int> found{-1};
  mp::scope([&](mp::scope_ref s) {
    for (std::size_t first = 0; first < values.size(); first += 1000) {
      s.fork([&, s, first] {
        for (std::size_t i = first; i < values.size() && i < first + 1000; ++i) {
          if (s.stop_requested()) return;  // a request, not a command: the child looks
          if (values[i] == wanted) {
            found = static_cast<int>(i);
            s.request_stop();
          }
        }
      });
    }
  });
  return found;
}
// [end]

// [snippet: exceptions]
void the_lowest_number_wins() {
  std::atomic<int> ended{0};
  std::string arrived;
  const auto fails = [&](const char* what) {
    ++ended;
    throw std::runtime_error(what);  // also requests stop, for those that look
  };
  try {
    mp::scope([&](mp::scope_ref s) {
      s.fork([&] { fails("child 0"); });
      s.fork([&] { fails("child 1"); });
    });
  } catch (const std::runtime_error& error) {
    arrived = error.what();
  }
  check(arrived == "child 0");
  check(ended == 2);  // the exception arrived after every child had ended
}
// [end]

int main() {
  check(squares({1, 2, 3}) == std::vector<int>{1, 4, 9});

  node root{1, {}};
  for (int i = 0; i < 10; ++i) {
    root.children.push_back(std::make_unique<node>());
    for (int k = 0; k < 10; ++k) {
      root.children.back()->children.push_back(std::make_unique<node>());
      root.children.back()->children.back()->value = k;
    }
  }
  std::atomic<int> sum{0};
  mp::sync_wait(visit(root, sum));
  check(sum == 1 + 10 * 45);

  check(mp::sync_wait(result_of_the_body()) == 42);
  check(one_scope_for_all() == 100);

  std::vector<int> values(50'000, 0);
  values[31'234] = 5;
  check(search(values, 5) == 31'234);
  check(search(values, 6) == -1);
  the_lowest_number_wins();
}
