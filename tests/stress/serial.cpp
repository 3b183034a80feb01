// SPDX-License-Identifier: MIT OR Apache-2.0
// The reference: evaluates a tree on one thread, without the library.
#include "tree.hpp"

#include <iterator>
#include <utility>

namespace stress {
namespace {

class serial_run {
public:
  explicit serial_run(tree& t) : tree_(t) {}

  outcome run(node_id n) {
    const node& here = tree_.nodes[n];
    ++tree_.runs[n];
    outcome o{value_of(n), {}};
    switch (here.what) {
      case kind::leaf:
      case kind::foreign:
        if (here.throws) o.thrown_by = {n};
        break;
      case kind::yield:
      case kind::loose: break;
      case kind::common: o.value = combine(o.value, here.which); break;
      case kind::sequence:
      case kind::move:
        for (const node_id c : here.children) {
          if (!take(o, run(c))) break;
        }
        break;
      case kind::join:
      case kind::join_all:
      case kind::spawn: {
        std::vector<outcome> branches;
        for (const node_id c : here.children) {
          ++flows_;
          flow_.push_back(flows_);
          branches.push_back(run(c));
          flow_.pop_back();
        }
        for (const outcome& b : branches) {
          if (!take(o, b)) break;
        }
        break;
      }
      case kind::scope: {
        scopes_.push_back({n, flow_.empty() ? 0 : flow_.back(), 0, {}, {}});
        const outcome body = run(here.children[0]);
        open_scope s = std::move(scopes_.back());
        scopes_.pop_back();
        if (take(o, body)) {
          o.value = combine(o.value, s.sum);
          o.thrown_by = s.by_body;
          o.thrown_by.insert(o.thrown_by.end(), s.by_others.begin(), s.by_others.end());
        }
        break;
      }
      case kind::fork: fork(here); break;
    }
    return o;
  }

private:
  struct open_scope {
    node_id n;
    std::uint64_t flow;
    std::uint64_t sum;
    std::vector<node_id> by_body;    // exceptions of the lowest failed child that the body forked
    std::vector<node_id> by_others;  // of all failed children that others forked
  };

  static bool take(outcome& into, const outcome& from) {
    if (!from.thrown_by.empty()) {
      into.thrown_by = from.thrown_by;
      return false;
    }
    into.value = combine(into.value, from.value);
    return true;
  }

  void fork(const node& here) {
    const auto at = scopes_.size() - 1 - here.up;
    std::vector<open_scope> hidden(std::make_move_iterator(scopes_.begin() +
                                                           static_cast<std::ptrdiff_t>(at) + 1),
                                   std::make_move_iterator(scopes_.end()));
    scopes_.resize(at + 1);
    const bool by_body = scopes_[at].flow == (flow_.empty() ? 0 : flow_.back());
    ++flows_;
    flow_.push_back(flows_);
    const outcome o = run(here.children[0]);
    flow_.pop_back();
    open_scope& s = scopes_[at];
    if (o.thrown_by.empty()) {
      s.sum += o.value;
    } else if (!by_body) {
      s.by_others.insert(s.by_others.end(), o.thrown_by.begin(), o.thrown_by.end());
    } else if (s.by_body.empty()) {
      s.by_body = o.thrown_by;
    }
    std::move(hidden.begin(), hidden.end(), std::back_inserter(scopes_));
  }

  tree& tree_;
  std::vector<open_scope> scopes_;
  // Which strand of control runs: forks of one strand onto one scope are ordered.
  std::vector<std::uint64_t> flow_;
  std::uint64_t flows_ = 0;
};

}  // namespace

std::uint64_t value_of(node_id n) {
  std::uint64_t x = (n + 1) * 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  return x ^ (x >> 31);
}

std::uint64_t combine(std::uint64_t so_far, std::uint64_t next) {
  return (so_far ^ (next + 0x9e3779b97f4a7c15u + (so_far << 6) + (so_far >> 2))) *
         0x100000001b3u;
}

void evaluate(tree& t) {
  t.runs.assign(t.nodes.size(), 0);
  t.expected = serial_run(t).run(0);
}

}  // namespace stress
