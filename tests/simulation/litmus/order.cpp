// SPDX-License-Identifier: MIT OR Apache-2.0
// Litmus tests of loads, stores and read-modify-writes, by their usual names.
#include "litmus.hpp"

using namespace micropool_test;
using simulation::note;
using simulation::threads;

namespace {

outcomes store_buffering(std::memory_order store, std::memory_order load) {
  return all_outcomes([=](variables& v) {
    int a = 0;
    int b = 0;
    threads([&] { v.x.store(1, store), a = v.y.load(load); },
            [&] { v.y.store(1, store), b = v.x.load(load); });
    note(a), note(b);
  });
}

outcomes message_passing(std::memory_order store, std::memory_order load) {
  return all_outcomes([=](variables& v) {
    int a = 0;
    int b = 0;
    threads([&] { v.x.store(1, relaxed), v.y.store(1, store); },
            [&] { a = v.y.load(load), b = v.x.load(relaxed); });
    note(a), note(b);
  });
}

outcomes independent_reads(std::memory_order store, std::memory_order load) {
  return all_outcomes([=](variables& v) {
    int a = 0;
    int b = 0;
    int c = 0;
    int d = 0;
    threads([&] { v.x.store(1, store); }, [&] { v.y.store(1, store); },
            [&] { a = v.x.load(load), b = v.y.load(load); },
            [&] { c = v.y.load(load), d = v.x.load(load); });
    note(a), note(b), note(c), note(d);
  });
}

}  // namespace

TEST_CASE("store buffering: both loads may return the old value unless all is seq_cst") {
  CHECK(store_buffering(relaxed, relaxed) == bits_without(2, {}));
  CHECK(store_buffering(release, acquire) == bits_without(2, {}));
  CHECK(store_buffering(seq_cst, acquire) == bits_without(2, {}));
  CHECK(store_buffering(release, seq_cst) == bits_without(2, {}));
  CHECK(store_buffering(seq_cst, seq_cst) == bits_without(2, {{0, 0}}));
}

TEST_CASE("store buffering: a load of the thread's own store orders it no more than it was") {
  const auto loads_its_own = [](std::memory_order store) {
    return all_outcomes([=](variables& v) {
      int a = 0;
      int b = 0;
      threads(
          [&] {
            v.x.store(1, store);
            static_cast<void>(v.x.load(seq_cst));
            a = v.y.load(seq_cst);
          },
          [&] { v.y.store(1, seq_cst), b = v.x.load(seq_cst); });
      note(a), note(b);
    });
  };
  CHECK(loads_its_own(release) == bits_without(2, {}));
  CHECK(loads_its_own(seq_cst) == bits_without(2, {{0, 0}}));
}

TEST_CASE("message passing: the message is seen with its flag if that releases and acquires") {
  CHECK(message_passing(relaxed, relaxed) == bits_without(2, {}));
  CHECK(message_passing(release, relaxed) == bits_without(2, {}));
  CHECK(message_passing(relaxed, acquire) == bits_without(2, {}));
  CHECK(message_passing(release, acquire) == bits_without(2, {{1, 0}}));
  CHECK(message_passing(seq_cst, seq_cst) == bits_without(2, {{1, 0}}));
}

TEST_CASE("load buffering: no value comes out of nowhere") {
  // C++20 allows {1, 1}, which needs a load to wait for a later store: README.md says why not here.
  CHECK(all_outcomes([](variables& v) {
          int a = 0;
          int b = 0;
          threads([&] { a = v.x.load(relaxed), v.y.store(1, relaxed); },
                  [&] { b = v.y.load(relaxed), v.x.store(1, relaxed); });
          note(a), note(b);
        }) == bits_without(2, {{1, 1}}));
}

TEST_CASE("independent reads of independent writes: one order for all only with seq_cst") {
  CHECK(independent_reads(release, acquire) == bits_without(4, {}));
  CHECK(independent_reads(seq_cst, acquire) == bits_without(4, {}));
  CHECK(independent_reads(seq_cst, seq_cst) == bits_without(4, {{1, 0, 1, 0}}));
}

TEST_CASE("coherence: two loads of one object do not go back") {
  CHECK(all_outcomes([](variables& v) {
          int a = 0;
          int b = 0;
          threads([&] { v.x.store(1, relaxed), v.x.store(2, relaxed); },
                  [&] { a = v.x.load(relaxed), b = v.x.load(relaxed); });
          note(a), note(b);
        }) == outcomes{{0, 0}, {0, 1}, {0, 2}, {1, 1}, {1, 2}, {2, 2}});
}

TEST_CASE("coherence: a load after a store of the same thread does not see what that has replaced") {
  CHECK(all_outcomes([](variables& v) {
          int a = 0;
          threads([&] { v.x.store(1, relaxed), a = v.x.load(relaxed); },
                  [&] { v.x.store(2, relaxed); });
          note(a), note(v.x.load(relaxed));
        }) == outcomes{{1, 1}, {1, 2}, {2, 2}});
}

TEST_CASE("coherence: a store after a load comes after what that has read") {
  CHECK(all_outcomes([](variables& v) {
          int a = 0;
          threads([&] { a = v.x.load(relaxed), v.x.store(1, relaxed); },
                  [&] { v.x.store(2, relaxed); });
          note(a), note(v.x.load(relaxed));
        }) == outcomes{{0, 1}, {0, 2}, {2, 1}});
}

TEST_CASE("coherence: what happened before is seen, also what another thread has read") {
  CHECK(all_outcomes([](variables& v) {
          int a = 0;
          int b = -1;
          threads([&] { v.x.store(1, relaxed); },
                  [&] { a = v.x.load(relaxed), v.y.store(1, release); },
                  [&] { if (v.y.load(acquire) == 1) b = v.x.load(relaxed); });
          note(a), note(b);
        }) == outcomes{{0, -1}, {1, -1}, {0, 0}, {0, 1}, {1, 1}});
}

TEST_CASE("2+2W and S: the order of modification is the order of execution") {
  // C++20 allows {1, 1} for relaxed stores: README.md says why not here.
  CHECK(all_outcomes([](variables& v) {
          threads([&] { v.x.store(1, relaxed), v.y.store(2, relaxed); },
                  [&] { v.y.store(1, relaxed), v.x.store(2, relaxed); });
          note(v.x.load(relaxed)), note(v.y.load(relaxed));
        }) == outcomes{{1, 2}, {2, 1}, {2, 2}});
  CHECK(all_outcomes([](variables& v) {
          int a = 0;
          threads([&] { v.x.store(2, relaxed), v.y.store(1, relaxed); },
                  [&] { a = v.y.load(relaxed), v.x.store(1, relaxed); });
          note(a), note(v.x.load(relaxed));
        }) == outcomes{{0, 1}, {0, 2}, {1, 1}});
}

TEST_CASE("release sequence: read-modify-writes carry the release on, stores do not") {
  const auto ends = [](bool by_store) {
    return all_outcomes([by_store](variables& v) {
      int a = 0;
      int b = 0;
      threads([&] { v.x.store(1, relaxed), v.y.store(1, release); },
              [&] {
                int one = 1;
                if (by_store) {
                  if (v.y.load(relaxed) == 1) v.y.store(2, relaxed);
                } else {
                  v.y.compare_exchange_strong(one, 2, relaxed);
                }
              },
              [&] { a = v.y.load(acquire), b = v.x.load(relaxed); });
      note(a), note(b);
    });
  };
  CHECK(ends(false) == outcomes{{0, 0}, {0, 1}, {1, 1}, {2, 1}});
  CHECK(ends(true) == outcomes{{0, 0}, {0, 1}, {1, 1}, {2, 0}, {2, 1}});
}

TEST_CASE("read-modify-writes read the newest value, and make a chain") {
  CHECK(all_outcomes([](variables& v) {
          int a = 0;
          int b = 0;
          threads([&] { a = v.x.fetch_add(1, relaxed); }, [&] { b = v.x.fetch_add(1, relaxed); });
          note(a), note(b), note(v.x.load(relaxed));
        }) == outcomes{{0, 1, 2}, {1, 0, 2}});
}

TEST_CASE("a compare-exchange that fails is a load, and may return an old value") {
  CHECK(all_outcomes([](variables& v) {
          int expected = 5;
          threads([&] { v.x.store(1, relaxed), v.x.store(2, relaxed); },
                  [&] { v.x.compare_exchange_strong(expected, 6, relaxed); });
          note(expected);
        }) == outcomes{{0}, {1}, {2}});
}

TEST_CASE("store buffering with read-modify-writes instead of loads") {
  CHECK(all_outcomes([](variables& v) {
          int a = 0;
          int b = 0;
          threads([&] { v.x.exchange(1, acq_rel), a = v.y.fetch_add(0, acq_rel); },
                  [&] { v.y.exchange(1, acq_rel), b = v.x.fetch_add(0, acq_rel); });
          note(a), note(b);
        }) == bits_without(2, {{0, 0}}));
}
