// SPDX-License-Identifier: MIT OR Apache-2.0
// Stackful tasks, which leave their stack for each wait.
#include "../../support/host_micropool.hpp"
#include "broadcast.hpp"
#include "waits.hpp"

namespace bench::waits::in_stackful {
namespace {

namespace mp = micropool;

struct is_ready {
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};

std::int64_t await_ready_things(micropool_host& host, std::int64_t n) {
  return host.pool.sync_wait(mp::stackful([n] {
    std::int64_t done = 0;
    for (; done < n; ++done) mp::await(is_ready());
    return done;
  }));
}

std::int64_t stolen_joins(micropool_host& host, std::int64_t n) {
  return host.pool.sync_wait(mp::stackful([n] {
    std::int64_t done = 0;
    for (; done < n; ++done) {
      stolen_pair pair;
      mp::join([&] { pair.first(); }, [&] { pair.second(); });
    }
    return done;
  }));
}

class crowd_of_stacks {
public:
  crowd_of_stacks(micropool_host& host, std::size_t n) {
    tasks_.reserve(n);
    for (std::size_t i = 0; i < n; ++i) {
      tasks_.push_back(host.pool.spawn_owned(mp::stackful([this] { mp::await(event_); })));
    }
  }
  std::size_t waiting() const { return event_.waiting(); }
  void fire() { event_.fire(); }
  std::size_t end() {
    for (auto& t : tasks_) t.join();
    return tasks_.size();
  }

private:
  broadcast event_;
  std::vector<mp::owned_task<void>> tasks_;
};

const registration stackful_waits(rank::micropool, [](const options& o) {
  const amounts n = amounts::of(o.chosen_size);
  constexpr const char* name = "micropool_stackful";
  add(o, ready, name, 1, n.rows, [n](benchmark::State& s, int threads) {
    each<micropool_host>(s, threads, n.in_a_row, await_ready_things);
  });
  add(o, stolen, name, 2, n.rows, [n](benchmark::State& s, int threads) {
    each<micropool_host>(s, threads, n.in_a_row, stolen_joins);
  });
  add(o, many, name, 2, 5, [n](benchmark::State& s, int threads) {
    crowd<micropool_host, crowd_of_stacks>(s, threads, n.crowd);
  });
});

}  // namespace
}  // namespace bench::waits::in_stackful
