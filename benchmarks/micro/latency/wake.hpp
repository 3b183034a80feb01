// SPDX-License-Identifier: MIT OR Apache-2.0
// How long it takes from the call that publishes work until a worker that was asleep runs it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "../../support/latency.hpp"
#include "../../support/raw_futex.hpp"
#include "join.hpp"

namespace bench::latency {

// Both branches of one join: the one on the calling thread waits until the other has started
// elsewhere, so only a woken worker can run it. Gives up after 20 ms, since no engine promises
// that a second thread runs the other branch.
class rendezvous {
public:
  void open() {
    begin_ = latency_clock::now();
    started_ns_.store(0, std::memory_order_relaxed);
    given_up_ = false;
  }

  void operator()() {
    if (std::this_thread::get_id() != caller_) {
      started_ns_.store(nanoseconds_since(begin_), std::memory_order_release);
      return;
    }
    while (!given_up_ && started_ns_.load(std::memory_order_acquire) == 0) {
      given_up_ = nanoseconds_since(begin_) > 20e6;
    }
  }

  // Nanoseconds from open() to the start on another thread; 0 if there was none.
  double started_ns() const { return started_ns_.load(std::memory_order_acquire); }

private:
  std::thread::id caller_ = std::this_thread::get_id();
  latency_clock::time_point begin_{};
  std::atomic<double> started_ns_{0};
  bool given_up_ = false;
};

// Every sample of the engine is followed by one of a raw futex wake after the same sleep. `missed`
// counts calls in which no other thread took part.
template <class Pair>
void wake(benchmark::State& state, int threads, std::chrono::nanoseconds idle) {
  Pair pair(threads);
  raw_futex_partner partner;
  rendezvous meeting;
  auto branch = [&meeting] { meeting(); };
  std::this_thread::sleep_for(idle);

  const auto iterations = static_cast<std::size_t>(state.max_iterations);
  latency_samples samples(iterations);
  latency_samples raw(iterations);
  std::int64_t missed = 0;
  for (auto _ : state) {
    meeting.open();
    pair.join(branch, branch);
    const double started = meeting.started_ns();
    if (started > 0) {
      samples.add(started);
    } else {
      ++missed;
    }
    // A missed call counts with its length, so that missing never looks fast.
    state.SetIterationTime((started > 0 ? started : 20e6) * 1e-9);
    std::this_thread::sleep_for(idle);

    meeting.open();
    partner.join([] {}, branch);
    raw.add(meeting.started_ns());
    std::this_thread::sleep_for(idle);
  }
  samples.report(state);
  raw.report(state, "raw_");
  state.counters["p50_to_raw"] = samples.quantile(0.5) / raw.quantile(0.5);
  state.counters["missed"] = static_cast<double>(missed);
}

template <class Pair>
void add_wakes(const options& o, const char* engine_name) {
  const std::int64_t calls = o.chosen_size == size::test   ? 5
                             : o.chosen_size == size::base ? 1'000
                                                           : 5'000;
  for (const int threads : o.threads) {
    if (threads < 2) continue;
    add_case(o, "wake_after_2ms", engine_name, threads, calls,
             [](auto& state, int n) { wake<Pair>(state, n, 2ms); });
  }
}

}  // namespace bench::latency
