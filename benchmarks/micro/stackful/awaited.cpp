// SPDX-License-Identifier: MIT OR Apache-2.0
// The same in coroutines, which have nothing to leave.
#include "../../support/host_micropool.hpp"
#include "broadcast.hpp"
#include "waits.hpp"

namespace bench::waits::in_awaited {
namespace {

namespace mp = micropool;

struct is_ready {
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};

mp::task<std::int64_t> await_ready_things(std::int64_t n) {
  std::int64_t done = 0;
  for (; done < n; ++done) co_await is_ready();
  co_return done;
}

mp::task<> first(stolen_pair& pair) {
  pair.first();
  co_return;
}
mp::task<> second(stolen_pair& pair) {
  pair.second();
  co_return;
}

mp::task<std::int64_t> stolen_joins(std::int64_t n) {
  std::int64_t done = 0;
  for (; done < n; ++done) {
    stolen_pair pair;
    co_await mp::join(first(pair), second(pair));
  }
  co_return done;
}

class crowd_of_coroutines {
public:
  crowd_of_coroutines(micropool_host& host, std::size_t n) {
    tasks_.reserve(n);
    for (std::size_t i = 0; i < n; ++i) tasks_.push_back(host.pool.spawn_owned(wait_for(event_)));
  }
  std::size_t waiting() const { return event_.waiting(); }
  void fire() { event_.fire(); }
  std::size_t end() {
    for (auto& t : tasks_) t.join();
    return tasks_.size();
  }

private:
  static mp::task<> wait_for(broadcast& e) { co_await e; }

  broadcast event_;
  std::vector<mp::owned_task<void>> tasks_;
};

const registration awaited_waits(rank::micropool, [](const options& o) {
  const amounts n = amounts::of(o.chosen_size);
  constexpr const char* name = "micropool_awaited";
  add(o, ready, name, 1, n.rows, [n](benchmark::State& s, int threads) {
    each<micropool_host>(s, threads, n.in_a_row, [](micropool_host& host, std::int64_t times) {
      return host.pool.sync_wait(await_ready_things(times));
    });
  });
  add(o, stolen, name, 2, n.rows, [n](benchmark::State& s, int threads) {
    each<micropool_host>(s, threads, n.in_a_row, [](micropool_host& host, std::int64_t times) {
      return host.pool.sync_wait(stolen_joins(times));
    });
  });
  add(o, many, name, 2, 5, [n](benchmark::State& s, int threads) {
    crowd<micropool_host, crowd_of_coroutines>(s, threads, n.crowd);
  });
});

}  // namespace
}  // namespace bench::waits::in_awaited
