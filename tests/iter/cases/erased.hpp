// SPDX-License-Identifier: MIT OR Apache-2.0
// Stages behind virtual functions, so that chains of any depth can be put together at run time
// while each adaptor is compiled once. They promise all that a stage may promise: they have to be
// prepared, may end the loop, and are fetched again where a consumer wants to.
#pragma once

#include <micropool/iter.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace micropool_test {
namespace detail {

inline micropool::task<> nothing() { co_return; }

template <class Stage>
micropool::task<> prepare(Stage& s) {
  if constexpr (requires { s.prepare(); }) {
    return s.prepare();
  } else {
    return nothing();
  }
}
template <class Stage>
bool has_ended(const Stage& s) {
  if constexpr (requires { s.has_ended(); }) {
    return s.has_ended();
  } else {
    return false;
  }
}

}  // namespace detail

// An item for each index.
class any_indexed {
  struct base {
    virtual ~base() = default;
    virtual micropool::task<> prepare() = 0;
    virtual bool has_ended() const = 0;
    virtual std::size_t size() const = 0;
    virtual std::int64_t fetch(std::size_t i) = 0;
  };
  template <class Stage>
  struct of final : base {
    explicit of(Stage&& s) : stage(std::move(s)) {}
    micropool::task<> prepare() override { return detail::prepare(stage); }
    bool has_ended() const override { return detail::has_ended(stage); }
    std::size_t size() const override { return stage.size(); }
    std::int64_t fetch(std::size_t i) override { return stage.fetch(i); }
    Stage stage;
  };

public:
  // All functions in these chains give the same for the same item.
  static constexpr bool is_repeatable = true;

  template <class Stage, bool Async>
  explicit any_indexed(micropool::parallel_iterator<Stage, Async>&& it)
      : stage_(std::make_unique<of<Stage>>(
            std::move(it.opened(micropool::detail::passkey()).stage))) {}

  micropool::task<> prepare() { return stage_->prepare(); }
  bool has_ended() const { return stage_->has_ended(); }
  std::size_t size() const { return stage_->size(); }
  std::int64_t fetch(std::size_t i) const { return stage_->fetch(i); }

private:
  std::unique_ptr<base> stage_;
};

// Any number of items for each position.
class any_pushing {
  struct local_base {
    virtual ~local_base() = default;
  };
  struct sink_ref {
    void* sink;
    bool (*call)(void* sink, std::int64_t item);
    bool operator()(std::int64_t item) const { return call(sink, item); }
  };
  struct base {
    virtual ~base() = default;
    virtual micropool::task<> prepare() = 0;
    virtual bool has_ended() const = 0;
    virtual std::size_t positions() const = 0;
    virtual std::unique_ptr<local_base> make_local() = 0;
    virtual bool feed(local_base&, std::size_t first, std::size_t last, sink_ref) = 0;
  };
  template <class Stage>
  struct of final : base {
    struct local : local_base {
      explicit local(Stage& s) : below(micropool::detail::local_of(s)) {}
      micropool::detail::local_t<Stage> below;
    };
    explicit of(Stage&& s) : stage(std::move(s)) {}
    micropool::task<> prepare() override { return detail::prepare(stage); }
    bool has_ended() const override { return detail::has_ended(stage); }
    std::size_t positions() const override { return micropool::detail::positions_of(stage); }
    std::unique_ptr<local_base> make_local() override { return std::make_unique<local>(stage); }
    bool feed(local_base& l, std::size_t first, std::size_t last, sink_ref sink) override {
      return micropool::detail::feed(stage, static_cast<local&>(l).below, first, last, sink);
    }
    Stage stage;
  };

public:
  using item_type = std::int64_t;

  template <class Stage, bool Async>
  explicit any_pushing(micropool::parallel_iterator<Stage, Async>&& it)
      : stage_(std::make_unique<of<Stage>>(
            std::move(it.opened(micropool::detail::passkey()).stage))) {}

  micropool::task<> prepare() { return stage_->prepare(); }
  bool has_ended() const { return stage_->has_ended(); }
  std::size_t positions() const { return stage_->positions(); }
  std::unique_ptr<local_base> make_local() const { return stage_->make_local(); }
  template <class Sink>
  bool feed(std::unique_ptr<local_base>& l, std::size_t first, std::size_t last, Sink& sink) const {
    Sink* to = std::addressof(sink);  // which may be const
    const auto call = [](void* s, std::int64_t item) -> bool {
      return (**static_cast<Sink**>(s))(item);
    };
    return stage_->feed(*l, first, last, {&to, call});
  }

private:
  std::unique_ptr<base> stage_;
};

}  // namespace micropool_test
