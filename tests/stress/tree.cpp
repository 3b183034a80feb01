// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tree.hpp"

#include <algorithm>

namespace stress {
namespace {

class generator {
public:
  generator(tree& t, const shape& s) : tree_(t), shape_(s), random_(t.seed) {}

  void run() {
    budget_ = shape_.nodes;
    const node_id root = add(0);
    fill(root, shape_.depth);
  }

private:
  // [0, n)
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }
  bool chance(unsigned percent) { return below(100) < percent; }

  node_id add(node_id waits) {
    tree_.nodes.emplace_back();
    tree_.nodes.back().waits = waits;
    if (budget_ > 0) --budget_;
    return static_cast<node_id>(tree_.nodes.size() - 1);
  }

  kind choose(std::uint32_t depth) {
    if (depth == 0 || budget_ == 0) return kind::leaf;
    if (chance(shape_.task_percent)) {
      const std::uint32_t n = below(8);
      if (n == 0) return kind::loose;
      return n < 3 && shape_.commons > 0 ? kind::common : kind::spawn;
    }
    const std::uint32_t n = below(100);
    if (n < 36) return kind::join;
    if (n < 44) return kind::join_all;
    if (n < 58) return kind::scope;
    if (n < 70) return kind::sequence;
    if (n < 80 && !scopes_.empty()) return kind::fork;
    if (n < 84 && shape_.foreign) return kind::foreign;
    if (n < 87 && shape_.foreign) return kind::yield;
    if (n < 91 && shape_.two_pools) return kind::move;
    return depth + 2 >= shape_.depth ? kind::join : kind::leaf;
  }

  void child(node_id n, std::uint32_t depth) {
    const node_id c = add(n);
    tree_.nodes[n].children.push_back(c);
    fill(c, depth);
  }

  void fill(node_id n, std::uint32_t depth) {
    const kind what = choose(depth);
    {
      node& here = tree_.nodes[n];
      here.what = what;
      here.flavour = static_cast<std::uint8_t>(below(64));
      here.awaited = chance(shape_.awaited_percent);
      here.stackful = chance(shape_.stackful_percent);
      here.in_handler = chance(shape_.handler_percent);
      here.throws =
          (what == kind::leaf || what == kind::foreign) && chance(shape_.throw_percent);
      here.spin = below(16) == 0 ? below(shape_.long_spin + 1) : below(shape_.spin + 1);
      if (what == kind::leaf && chance(shape_.sleep_percent)) here.sleep = 1 + below(200);
    }
    const auto next = [depth] { return depth - 1; };
    switch (what) {
      case kind::leaf:
      case kind::foreign:
      case kind::yield: break;
      case kind::sequence:
        for (std::uint32_t k = 2 + below(3); k > 0; --k) child(n, next());
        break;
      case kind::join:
        for (std::uint32_t k = 1 + below(4); k > 0; --k) child(n, next());
        break;
      case kind::join_all:
        for (std::uint32_t k = below(9); k > 0; --k) child(n, next());
        break;
      case kind::move: child(n, next()); break;
      case kind::scope:
        scopes_.push_back(n);
        child(n, next());
        if (tree_.nodes[tree_.nodes[n].children[0]].what == kind::leaf && chance(80)) {
          make_busy_body(tree_.nodes[n].children[0], next());
        }
        scopes_.pop_back();
        break;
      case kind::fork: fork(n, depth); break;
      case kind::spawn:
        tree_.nodes[n].elsewhere = shape_.two_pools && chance(50);
        for (std::uint32_t k = 1 + below(2); k > 0; --k) child(n, next());
        break;
      case kind::common:
        tree_.nodes[n].which = static_cast<std::uint8_t>(below(shape_.commons));
        break;
      case kind::loose: {
        tree_.nodes[n].elsewhere = shape_.two_pools && chance(50);
        const node_id c = add(n);
        tree_.nodes[c].waits = c;
        tree_.nodes[c].spin = below(shape_.spin + 1);
        tree_.nodes[n].children.push_back(c);
        break;
      }
    }
  }

  // Bodies that do nothing but fork are what scopes are for.
  void make_busy_body(node_id body, std::uint32_t depth) {
    tree_.nodes[body].what = kind::sequence;
    tree_.nodes[body].throws = false;
    for (std::uint32_t k = 1 + below(6); k > 0; --k) {
      const node_id f = add(body);
      tree_.nodes[body].children.push_back(f);
      tree_.nodes[f].what = kind::fork;
      tree_.nodes[f].flavour = static_cast<std::uint8_t>(below(8));
      fork(f, depth);
    }
  }

  void fork(node_id n, std::uint32_t depth) {
    const std::uint32_t up = chance(75) ? 0 : below(static_cast<std::uint32_t>(scopes_.size()));
    tree_.nodes[n].up = static_cast<std::uint8_t>(std::min<std::uint32_t>(up, 255));
    const auto at = scopes_.size() - 1 - tree_.nodes[n].up;
    const node_id c = add(scopes_[at]);
    tree_.nodes[n].children.push_back(c);
    // The child sees the scopes that will still be open while it runs.
    const std::vector<node_id> hidden(scopes_.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                                      scopes_.end());
    scopes_.resize(at + 1);
    fill(c, depth == 0 ? 0 : depth - 1);
    scopes_.insert(scopes_.end(), hidden.begin(), hidden.end());
  }

  tree& tree_;
  const shape& shape_;
  std::mt19937_64 random_;
  std::uint32_t budget_ = 0;
  std::vector<node_id> scopes_;
};

// Numbers the nodes so that everything a node waits for is one interval.
void number(tree& t) {
  std::vector<std::vector<node_id>> waited_for(t.nodes.size());
  for (node_id n = 0; n < t.nodes.size(); ++n) {
    if (t.nodes[n].waits != n) waited_for[t.nodes[n].waits].push_back(n);
  }
  std::uint32_t counter = 0;
  struct step {
    node_id n;
    std::size_t next;
  };
  std::vector<step> path;
  const auto enter = [&](node_id n) {
    t.nodes[n].begin = counter++;
    path.push_back({n, 0});
  };
  for (node_id top = 0; top < t.nodes.size(); ++top) {
    if (t.nodes[top].waits == top) enter(top);
    while (!path.empty()) {
      auto& [n, next] = path.back();
      if (next == waited_for[n].size()) {
        t.nodes[n].end = counter;
        path.pop_back();
      } else {
        enter(waited_for[n][next++]);
      }
    }
  }
}

}  // namespace

tree make_tree(std::uint64_t seed, const shape& s) {
  tree t;
  t.seed = seed;
  generator(t, s).run();
  number(t);
  evaluate(t);
  return t;
}

}  // namespace stress
