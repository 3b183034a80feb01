// SPDX-License-Identifier: MIT OR Apache-2.0
// Random chains of adaptors over random numbers, each with a random consumer, compared with a model
// that does to a vector what each adaptor does to items.
#include "catch.hpp"
#include "erased.hpp"
#include "scale.hpp"
#include "seed.hpp"

#include <micropool/iter.hpp>
#include <micropool/thread_pool.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

using number = std::int64_t;
using items = std::vector<number>;

constexpr std::size_t most_items = 2000;

class dice {
public:
  explicit dice(std::mt19937_64& engine) : engine_(engine) {}
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(engine_() % n); }
  // Small sizes are where mistakes are, so they are frequent.
  std::size_t size(std::size_t most) {
    return below(std::array{most + 1, std::min(most, std::size_t{8}) + 1}[below(2)]);
  }
  number value() { return static_cast<number>(below(2001)) - 1000; }
  items values(std::size_t n) {
    items v(n);
    for (number& x : v) x = value();
    return v;
  }

private:
  std::mt19937_64& engine_;
};

// A chain as it is being put together, what it should yield, and how to tell of it.
template <class Stage>
struct chain {
  Stage stage;
  items expected;
  std::string text;
};
using indexed_chain = chain<mt::any_indexed>;
using pushing_chain = chain<mt::any_pushing>;

auto par(mt::any_indexed&& s) { return mp::parallel_iterator(std::move(s)); }
auto par(mt::any_pushing&& s) { return mp::parallel_iterator(std::move(s)); }
constexpr auto same = [](number x) { return x; };
mt::any_indexed owned(items v) { return mt::any_indexed(mp::par_iter(std::move(v)).map(same)); }

std::string named(const char* name, std::size_t k) {
  return std::string(name).append(" ").append(std::to_string(k));
}

number mixed(number a, number b) { return (a * 31 + b) % 10'007; }
// Associative, not commutative.
number latter(number a, number b) { return b % 3 == 0 ? a : b; }

struct times {
  number factor;
  number operator()(number x) const { return x * factor % 10'007; }
};
struct divisible {
  number by;
  bool operator()(number x) const { return x % by == 0; }
};

template <class Piece>
number mix_all(const Piece& piece) {
  number n = 0;
  for (const number x : piece) n = mixed(n, x);
  return n;
}
constexpr auto mix_piece = [](const auto& piece) { return mix_all(piece); };
constexpr auto mix_two = [](number a, number b) { return mixed(a, b); };
constexpr auto mix_position = [](std::size_t i, number x) {
  return mixed(static_cast<number>(i), x);
};

items sliced(const items& v, std::size_t first, std::size_t last) {
  first = std::min(first, v.size());
  return items(v.begin() + static_cast<std::ptrdiff_t>(first),
               v.begin() + static_cast<std::ptrdiff_t>(std::clamp(last, first, v.size())));
}
items mixed_pieces(const items& v, std::size_t step, std::size_t length, bool also_shorter) {
  items all;
  for (std::size_t i = 0; i < v.size() && (also_shorter || i + length <= v.size()); i += step) {
    all.push_back(mix_all(sliced(v, i, i + length)));
  }
  return all;
}

// What else goes into a chain. Every second one has to be prepared before its size is known.
struct other_source {
  other_source(dice& random, std::size_t n) : expected(random.values(n)), stage(owned(expected)) {
    if (random.below(2) == 0) return;
    stage = mt::any_indexed(par(std::move(stage)).scan(number{0}, latter));
    std::inclusive_scan(expected.begin(), expected.end(), expected.begin(), latter, number{0});
  }
  items expected;
  mt::any_indexed stage;
};

// Adaptors of an item for each index.
indexed_chain with_step(indexed_chain c, dice& random) {
  const items& v = c.expected;
  const std::size_t n = v.size();
  const std::size_t k = random.size(n + 3);
  const auto next = [&](const std::string& name, auto it, items expected) {
    return indexed_chain{mt::any_indexed(std::move(it)), std::move(expected), c.text + ", " + name};
  };
  items expected;
  auto it = par(std::move(c.stage));
  switch (random.below(17)) {
    case 0: {
      const times f{random.value()};
      for (const number x : v) expected.push_back(f(x));
      return next("map", std::move(it).map(f), expected);
    }
    case 1:
      return next("rev", std::move(it).rev(), items(v.rbegin(), v.rend()));
    case 2:
      return next(named("skip", k), std::move(it).skip(k), sliced(v, k, n));
    case 3:
      return next(named("take", k), std::move(it).take(k), sliced(v, 0, k));
    case 4:
      return next("skip_exact(n / 2)", std::move(it).skip_exact(n / 2), sliced(v, n / 2, n));
    case 5:
      return next("take_exact(n / 2)", std::move(it).take_exact(n / 2), sliced(v, 0, n / 2));
    case 6:
      for (std::size_t i = 0; i < n; i += k + 1) expected.push_back(v[i]);
      return next(named("step_by", k + 1), std::move(it).step_by(k + 1), expected);
    case 7:
      for (std::size_t i = 0; i < std::min(n + k, most_items) && n != 0; ++i)
        expected.push_back(v[i % n]);
      return next("cycle, take", std::move(it).cycle().take(std::min(n + k, most_items)), expected);
    case 8: {
      other_source more(random, random.size(n < most_items ? 20 : 0));
      expected = v;
      expected.insert(expected.end(), more.expected.begin(), more.expected.end());
      return next("chain", std::move(it).chain(std::move(more.stage)), expected);
    }
    case 9:
      return next(named("chunks", k + 1), std::move(it).chunks(k + 1).map(mix_piece),
                  mixed_pieces(v, k + 1, k + 1, true));
    case 10:
      return next("array_windows<3>", std::move(it).array_windows<3>().map(mix_piece),
                  mixed_pieces(v, 1, 3, false));
    case 11: {
      other_source more(random, random.size(n < most_items ? n + 3 : 0));
      for (std::size_t i = 0; i < std::max(n, more.expected.size()); ++i) {
        if (i < n) expected.push_back(v[i]);
        if (i < more.expected.size()) expected.push_back(more.expected[i]);
      }
      return next("interleave", std::move(it).interleave(std::move(more.stage)), expected);
    }
    case 12:
      if (n > most_items / 2) return next("cloned", std::move(it).cloned(), v);
      for (std::size_t i = 0; i < n; ++i) {
        if (i != 0) expected.push_back(-1);
        expected.push_back(v[i]);
      }
      return next("intersperse", std::move(it).intersperse(number{-1}), expected);
    case 13:
      expected.resize(n);
      std::inclusive_scan(v.begin(), v.end(), expected.begin(), latter, number{0});
      return next("scan", std::move(it).scan(number{0}, latter), expected);
    case 14:
      for (std::size_t i = 0; i < n; ++i) expected.push_back(mix_position(i, v[i]));
      return next("enumerate", std::move(it).enumerate().map(mix_position), expected);
    case 15: {
      other_source other(random, k);
      for (std::size_t i = 0; i < std::min(n, k); ++i) {
        expected.push_back(mixed(v[i], other.expected[i]));
      }
      return next("zip_min", mp::zip_min(std::move(it), std::move(other.stage)).map(mix_two),
                  expected);
    }
    default:
      return next("inspect", std::move(it).inspect([](number) {}), v);
  }
}

// Adaptors that leave no positions, behind any chain.
template <class Stage>
pushing_chain with_free_step(chain<Stage> c, dice& random) {
  const items& v = c.expected;
  const auto next = [&](const std::string& name, auto it, items expected) {
    return pushing_chain{mt::any_pushing(std::move(it)), std::move(expected), c.text + ", " + name};
  };
  const divisible holds{static_cast<number>(1 + random.below(5))};
  const times f{random.value()};
  items expected;
  auto it = par(std::move(c.stage));
  switch (random.below(8)) {
    case 0:
      std::ranges::copy_if(v, std::back_inserter(expected), holds);
      return next("filter", std::move(it).filter(holds), expected);
    case 1:
      for (const number x : v) {
        if (holds(x)) expected.push_back(f(x));
      }
      return next("filter_map", std::move(it).filter_map([holds, f](number x) {
        return holds(x) ? std::optional(f(x)) : std::nullopt;
      }),
                  expected);
    case 2:
      for (const number x : v) {
        if (expected.size() < 2 * most_items)
          expected.insert(expected.end(), static_cast<std::size_t>(x & 3), x);
      }
      if (expected.size() >= 2 * most_items) return next("map", std::move(it).map(same), v);
      return next("flat_map", std::move(it).flat_map([](number x) {
        return items(static_cast<std::size_t>(x & 3), x);
      }),
                  expected);
    case 3:
      for (const number x : v) expected.push_back(f(x));
      return next(
          "map_init",
          std::move(it).map_init([f] { return f; }, [](times& own, number x) { return own(x); }),
          expected);
    case 4: {
      const items more = random.values(random.size(20));
      std::ranges::copy_if(more, std::back_inserter(expected), holds);
      expected.insert(expected.begin(), v.begin(), v.end());
      return next("chain", std::move(it).chain(mp::par_iter(items(more)).filter(holds).map(same)),
                  expected);
    }
    case 5:
      return next("take_while_any", std::move(it).take_while_any([](number) { return true; }), v);
    case 6:
      for (const number x : v) expected.push_back(f(x));
      return next("map", std::move(it).map(f), expected);
    default:
      return next("inspect", std::move(it).inspect([](number) {}), v);
  }
}

// What a consumer gives as text, and the same of the model.
std::string text_of(const items& v) {
  std::string text;
  for (const number x : v) text.append(std::to_string(x)).append(" ");
  return text;
}
std::string text_of(std::optional<number> x) { return x ? std::to_string(*x) : "nothing"; }
std::string text_of(const std::pair<items, items>& two) {
  return text_of(two.first) + "/ " + text_of(two.second);
}

template <class Stage>
std::pair<std::string, std::string> consumed(chain<Stage> c, mp::split s, dice& random) {
  const items& v = c.expected;
  const divisible holds{static_cast<number>(1 + random.below(50))};
  const auto by_key = [](number x) { return x % 7; };
  const auto text = [](auto result) { return text_of(std::move(result)); };
  auto it = par(std::move(c.stage)).with(s);
  switch (random.below(8)) {
    case 0:
      return {text(std::move(it).template collect<std::vector>()), text(v)};
    case 1:
      return {text(mp::sync_wait(std::move(it).async().template collect<std::vector>())), text(v)};
    case 2: {
      items written;
      std::move(it).collect_into(written);
      return {text(written), text(v)};
    }
    case 3: {
      const number all = std::accumulate(v.begin(), v.end(), number{0}, latter);
      return {std::to_string(std::move(it).reduce(number{0}, latter)), std::to_string(all)};
    }
    case 4: {
      const auto first = std::ranges::find_if(v, holds);
      return {text(std::move(it).find_first(holds)),
              text(first == v.end() ? std::nullopt : std::optional(*first))};
    }
    case 5: {
      const auto last = std::ranges::find_if(v.rbegin(), v.rend(), holds);
      return {text(std::move(it).find_last(holds)),
              text(last == v.rend() ? std::nullopt : std::optional(*last))};
    }
    case 6: {
      const auto least = std::ranges::min_element(v, {}, by_key);
      return {text(std::move(it).min_by_key(by_key)),
              text(least == v.end() ? std::nullopt : std::optional(*least))};
    }
    default: {
      std::pair<items, items> two;
      for (const number x : v) (holds(x) ? two.first : two.second).push_back(x);
      return {text(std::move(it).partition(holds)), text(two)};
    }
  }
}

mp::split random_split(dice& random) {
  switch (random.below(5)) {
    case 0:
      return mp::split_by_threads();
    case 1:
      return mp::split_by(1 + random.size(50));
    case 2:
      return mp::split_per(1 + random.size(50));
    case 3:
      return mp::split_per_item();
    default:
      return mp::split_auto();
  }
}

template <class Stage>
void require_as_in_model(chain<Stage> c, dice& random) {
  INFO(c.text);
  const auto [got, expected] = consumed(std::move(c), random_split(random), random);
  REQUIRE(got == expected);
}

}  // namespace

TEST_CASE("random chains of adaptors give what the same steps do to a vector") {
  auto engine = mt::seeded_engine("random chains");
  dice random(engine);
  for (const std::size_t workers :
       {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{7}}) {
    mp::thread_pool pool({.num_threads = workers});
    pool.install([&] {
      for (std::size_t run = 0; run < mt::scaled(500); ++run) {
        const items start = random.values(random.size(300));
        indexed_chain c{owned(start), start, std::to_string(start.size()) + " numbers"};
        for (std::size_t steps = random.below(6); steps > 0; --steps)
          c = with_step(std::move(c), random);
        if (random.below(2) == 0) {
          require_as_in_model(std::move(c), random);
          continue;
        }
        pushing_chain p = with_free_step(std::move(c), random);
        for (std::size_t steps = random.below(4); steps > 0; --steps)
          p = with_free_step(std::move(p), random);
        require_as_in_model(std::move(p), random);
      }
    });
  }
}
