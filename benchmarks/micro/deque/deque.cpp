// SPDX-License-Identifier: MIT OR Apache-2.0
// The work-stealing deque alone: what the owner pays with and without a thief, what a thief pays.
// White box: it includes a detail header of the library.
#include <micropool/detail/sync/deque.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "../../support/latency.hpp"
#include "../../support/program.hpp"

namespace bench {
namespace {

struct element {
  std::uint64_t taken = 0;
};

using deque = micropool::detail::deque<element>;

constexpr int batch = 10'000;

element* steal(deque& from) {
  const auto seen = from.peek_oldest();
  if (seen.element == nullptr || !from.try_take(seen)) return nullptr;
  return seen.element;
}

// Times `body(deque, elements)`, which takes every element exactly once, and checks that it did.
template <class Body>
void measure(benchmark::State& state, Body body) {
  std::vector<element> elements(batch);
  deque d;
  std::uint64_t rounds = 0;
  double nanoseconds = 0;
  for (auto _ : state) {
    const double elapsed = body(d, elements);
    nanoseconds += elapsed;
    state.SetIterationTime(elapsed * 1e-9);
    ++rounds;
    for (const element& e : elements) {
      if (e.taken != rounds) return fail(state, "an element was lost or taken twice");
    }
  }
  state.counters["ns_per_element"] = nanoseconds / (static_cast<double>(rounds) * batch);
}

// As a fork does it.
void push(deque& d, element& e) {
  if (!d.has_room_for(1)) d.reserve(1);
  d.push(&e);
}

void push_pop_one(benchmark::State& state) {
  measure(state, [](deque& d, std::vector<element>& elements) {
    const auto begin = latency_clock::now();
    for (element& e : elements) {
      push(d, e);
      ++d.pop()->taken;
    }
    return nanoseconds_since(begin);
  });
}

void push_then_pop_all(benchmark::State& state) {
  measure(state, [](deque& d, std::vector<element>& elements) {
    const auto begin = latency_clock::now();
    for (element& e : elements) push(d, e);
    while (element* e = d.pop()) ++e->taken;
    return nanoseconds_since(begin);
  });
}

void steal_all(benchmark::State& state) {
  measure(state, [](deque& d, std::vector<element>& elements) {
    for (element& e : elements) push(d, e);
    const auto begin = latency_clock::now();
    while (element* e = steal(d)) ++e->taken;
    return nanoseconds_since(begin);
  });
}

// The owner's push and pop while another thread takes whatever it can get.
void push_pop_against_thief(benchmark::State& state) {
  std::uint64_t stolen = 0;
  measure(state, [&stolen](deque& d, std::vector<element>& elements) {
    std::atomic<bool> running{false};
    std::atomic<bool> stop{false};
    std::thread thief([&] {
      running.store(true, std::memory_order_release);
      while (!stop.load(std::memory_order_acquire)) {
        if (element* e = steal(d)) {
          ++e->taken;
          ++stolen;
        }
      }
    });
    while (!running.load(std::memory_order_acquire)) std::this_thread::yield();
    const auto begin = latency_clock::now();
    for (std::size_t i = 0; i < elements.size(); i += 2) {
      push(d, elements[i]);
      push(d, elements[i + 1]);
      if (element* e = d.pop()) ++e->taken;
      if (element* e = d.pop()) ++e->taken;
    }
    const double elapsed = nanoseconds_since(begin);
    stop.store(true, std::memory_order_release);
    thief.join();
    return elapsed;
  });
  state.counters["stolen"] =
      static_cast<double>(stolen) / (static_cast<double>(state.iterations()) * batch);
}

const registration deque_cases(rank::micropool, [](const options& o) {
  const auto add = [&o](const char* family, int threads, void (*body)(benchmark::State&)) {
    benchmark::RegisterBenchmark(benchmark_name(family, o, "micropool", threads).c_str(), body)
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond);
  };
  add("deque_push_pop", 1, push_pop_one);
  add("deque_push_all_pop_all", 1, push_then_pop_all);
  add("deque_steal", 1, steal_all);
  add("deque_push_pop_against_thief", 2, push_pop_against_thief);
});

}  // namespace
}  // namespace bench
