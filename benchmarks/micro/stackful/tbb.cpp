// SPDX-License-Identifier: MIT OR Apache-2.0
// oneTBB's resumable tasks: task::suspend leaves the stack of a whole dispatch loop.
#include <oneapi/tbb/task.h>
#include <oneapi/tbb/task_group.h>

#include <mutex>
#include <utility>

#include "../../support/host_tbb.hpp"
#include "waits.hpp"

namespace bench::waits::in_tbb {
namespace {

namespace otbb = oneapi::tbb;

std::int64_t suspend_and_resume(tbb_host& host, std::int64_t n) {
  std::int64_t done = 0;
  host.arena.execute([&] {
    otbb::task_group group;
    group.run_and_wait([&] {
      for (; done < n; ++done) {
        otbb::task::suspend([](otbb::task::suspend_point p) { otbb::task::resume(p); });
      }
    });
  });
  return done;
}

class crowd_of_points {
public:
  crowd_of_points(tbb_host& host, std::size_t n) : host_(host) {
    host_.arena.execute([&] {
      for (std::size_t i = 0; i < n; ++i) {
        group_.run([this] {
          otbb::task::suspend([this](otbb::task::suspend_point p) {
            const std::lock_guard lock(mutex_);
            points_.push_back(p);
          });
          ended_.fetch_add(1, std::memory_order_relaxed);
        });
      }
    });
    // The caller takes part as well, as it does in the other engines when it joins.
    waits_ = std::thread([this] { host_.arena.execute([this] { group_.wait(); }); });
  }
  std::size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return points_.size();
  }
  void fire() {
    std::vector<otbb::task::suspend_point> all;
    {
      const std::lock_guard lock(mutex_);
      all.swap(points_);
    }
    for (const auto p : all) otbb::task::resume(p);
  }
  std::size_t end() {
    waits_.join();
    return ended_.load();
  }

private:
  tbb_host& host_;
  otbb::task_group group_;
  std::thread waits_;
  mutable std::mutex mutex_;
  std::vector<otbb::task::suspend_point> points_;
  std::atomic<std::size_t> ended_{0};
};

const registration tbb_waits(rank::peer, [](const options& o) {
  const amounts n = amounts::of(o.chosen_size);
  add(o, ready, "tbb", 1, n.rows, [n](benchmark::State& s, int threads) {
    each<tbb_host>(s, threads, n.in_a_row, suspend_and_resume);
  });
  add(o, many, "tbb", 2, 5, [n](benchmark::State& s, int threads) {
    crowd<tbb_host, crowd_of_points>(s, threads, n.crowd);
  });
});

}  // namespace
}  // namespace bench::waits::in_tbb
