// SPDX-License-Identifier: MIT OR Apache-2.0
// Runs one workload on the timed machine, or, linked with native.cpp, on the machine at hand, and
// prints what that took as one line of JSON.
//
// usage: scaling WORKLOAD CORES [SOCKETS [PRICE=NANOSECONDS...]]
//
// Prices are the members of simulation::timed::costs.
#include "workloads.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <thread>

namespace {

using namespace scaling;
namespace timed = simulation::timed;

struct result {
  double first = 0;   // of the first run, on a pool whose workers sleep
  double warm = 0;    // of the second one
  std::uint64_t steals = 0;  // of the second run, as all that follows
  timed::report report{};
};

struct configuration {
  std::string workload;
  timed::topology on;
  result out;
};

using run_on = void (*)(mp::thread_pool&);

void loop(mp::thread_pool& pool, std::int64_t items, double each) {
  pool.install([&] {
    mp::par_range(items).for_each([each](auto) { work(each); });
  });
}

const std::map<std::string, run_on> workloads = {
    {"fib", [](mp::thread_pool& p) { p.sync_wait(fib(26)); }},
    {"fib_blocking", [](mp::thread_pool& p) { p.install([] { return blocking_fib(26); }); }},
    {"skynet", [](mp::thread_pool& p) { p.sync_wait(skynet(0, 1'000'000)); }},
    {"nqueens",
     [](mp::thread_pool& p) {
       std::int64_t answer = 0;
       p.sync_wait(nqueens(board{}, 0, 11, answer));
     }},
    {"uts",
     [](mp::thread_pool& p) {
       std::int64_t nodes = 0;
       p.sync_wait(uts(19, 8, nodes));
     }},
    {"large_fib", [](mp::thread_pool& p) { p.sync_wait(fib(31)); }},
    {"large_fib_blocking", [](mp::thread_pool& p) { p.install([] { return blocking_fib(31); }); }},
    {"large_skynet", [](mp::thread_pool& p) { p.sync_wait(skynet(0, 10'000'000)); }},
    {"large_nqueens",
     [](mp::thread_pool& p) {
       std::int64_t answer = 0;
       p.sync_wait(nqueens(board{}, 0, 12, answer));
     }},
    {"large_uts",
     [](mp::thread_pool& p) {
       std::int64_t nodes = 0;
       p.sync_wait(uts(19, 9, nodes));
     }},
    {"loop_1e3", [](mp::thread_pool& p) { loop(p, 1'000, 1'000); }},
    {"loop_1e4", [](mp::thread_pool& p) { loop(p, 10'000, 1'000); }},
    {"loop_1e5", [](mp::thread_pool& p) { loop(p, 100'000, 1'000); }},
    {"loop_1e6", [](mp::thread_pool& p) { loop(p, 1'000'000, 1'000); }},
    {"nested_loops",
     [](mp::thread_pool& p) {
       p.install([] {
         mp::par_range(64).for_each(
             [](auto) { mp::par_range(256).for_each([](auto) { work(1'000); }); });
       });
     }},
    {"spawn_burst",
     [](mp::thread_pool& p) {
       std::vector<mp::owned_task<void>> tasks;
       for (int i = 0; i < 10'000; ++i) tasks.push_back(p.spawn_owned([] { work(1'000); }));
       for (auto& t : tasks) t.join();
     }},
    {"spawn_burst_16",
     [](mp::thread_pool& p) {
       std::vector<std::thread> spawners;
       for (int s = 0; s < 16; ++s) {
         spawners.emplace_back([&p] {
           std::vector<mp::owned_task<void>> tasks;
           for (int i = 0; i < 625; ++i) tasks.push_back(p.spawn_owned([] { work(1'000); }));
           for (auto& t : tasks) t.join();
         });
       }
       for (auto& t : spawners) t.join();
     }},
    {"callers_64",
     [](mp::thread_pool& p) {
       std::vector<std::thread> callers;
       for (int c = 0; c < 64; ++c) {
         callers.emplace_back([&p] { p.install([] { return blocking_fib(12); }); });
       }
       for (auto& t : callers) t.join();
     }},
    // A thousand joins of 2 x 10 us, of which a worker takes one branch.
    {"joins_1000",
     [](mp::thread_pool& p) {
       p.install([] {
         for (int i = 0; i < 1'000; ++i) mp::join([] { work(10'000); }, [] { work(10'000); });
       });
     }},
    // A thousand branches that are stolen, each of which its caller waits for awake.
    {"steals_1000",
     [](mp::thread_pool& p) {
       p.install([] {
         for (int i = 0; i < 1'000; ++i) {
           std::atomic<bool> has_begun{false};
           mp::join(
               [&] {
                 while (!has_begun.load(std::memory_order_acquire)) mp::detail::cpu_pause();
               },
               [&] { has_begun.store(true, std::memory_order_release); });
         }
       });
     }},
    {"one_push",
     [](mp::thread_pool& p) {
       p.install([] { mp::join([] { work(20'000); }, [] { work(20'000); }); });
     }},
};

const std::map<std::string, double timed::costs::*> prices = {
    {"plain", &timed::costs::plain},
    {"atomic", &timed::costs::atomic},
    {"locked", &timed::costs::locked},
    {"same_cluster", &timed::costs::same_cluster},
    {"pause", &timed::costs::pause},
    {"clock", &timed::costs::clock},
    {"yield", &timed::costs::yield},
};

// Returns false if the text is no price.
bool set_price(timed::costs& all, const std::string& text) {
  const std::size_t sign = text.find('=');
  const auto price = prices.find(text.substr(0, sign));
  if (sign == std::string::npos || price == prices.end()) return false;
  all.*price->second = std::strtod(text.c_str() + sign + 1, nullptr);
  return true;
}

void program(void* p) {
  auto& c = *static_cast<configuration*>(p);
  const run_on body = workloads.at(c.workload);
  mp::thread_pool pool({.num_threads = c.on.cores - 1});
  // Until all workers sleep.
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  double begun = timed::now();
  body(pool);
  c.out.first = timed::now() - begun;
  timed::forget();
  const std::uint64_t steals_before = pool.stats().total().jobs_stolen;
  begun = timed::now();
  body(pool);
  c.out.warm = timed::now() - begun;
  c.out.report = timed::counted();
  c.out.steals = pool.stats().total().jobs_stolen - steals_before;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || !workloads.contains(argv[1])) {
    std::fprintf(stderr, "usage: scaling WORKLOAD CORES [SOCKETS]\nworkloads:");
    for (const auto& [name, run] : workloads) std::fprintf(stderr, " %s", name.c_str());
    std::fputc('\n', stderr);
    return 2;
  }
  static configuration c;
  c.workload = argv[1];
  c.on.cores = static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10));
  c.on.sockets = argc > 3 ? static_cast<unsigned>(std::strtoul(argv[3], nullptr, 10)) : 1;
  timed::costs costs;
  for (int i = 4; i < argc; ++i) {
    if (set_price(costs, argv[i])) continue;
    std::fprintf(stderr, "scaling: no such price: %s\n", argv[i]);
    return 2;
  }
  timed::run(c.on, costs, &program, &c);
  const result& r = c.out;
  std::printf("{\"workload\": \"%s\", \"cores\": %u, \"sockets\": %u, \"first_us\": %.1f, "
              "\"warm_us\": %.1f, \"steps\": %llu, \"transfers\": %llu, \"wakes\": %llu, "
              "\"sleeps\": %llu, \"fences\": %llu, \"asleep_us\": %.1f, \"steals\": %llu, \"worst\": [",
              c.workload.c_str(), c.on.cores, c.on.sockets, r.first / 1000, r.warm / 1000,
              static_cast<unsigned long long>(r.report.steps),
              static_cast<unsigned long long>(r.report.transfers),
              static_cast<unsigned long long>(r.report.wakes),
              static_cast<unsigned long long>(r.report.sleeps),
              static_cast<unsigned long long>(r.report.all_fences), r.report.asleep / 1000,
              static_cast<unsigned long long>(r.steals));
  const char* separator = "";
  for (const timed::contended& w : r.report.worst) {
    std::printf("%s{\"pc\": \"%p\", \"transfers\": %llu, \"waited_us\": %.1f}", separator, w.pc,
                static_cast<unsigned long long>(w.transfers), w.waited / 1000);
    separator = ", ";
  }
  std::puts("]}");
}
