// SPDX-License-Identifier: MIT OR Apache-2.0
#include "run.hpp"

namespace legacy_visitor {
namespace {

class answers_at_once final : public name_service {
public:
  explicit answers_at_once(const name_list& names) : names_(names) {}
  similar ask(std::string_view name) override {
    return names_.resembling(name, names_.candidates(name));
  }

private:
  const name_list& names_;
};

}  // namespace

run run_serial(const work& what) {
  run result;
  const stopwatch watch;
  answers_at_once service(what.names);
  for (std::size_t i = 0; i != what.files(); ++i) {
    result.results.push_back(visit(what.file(i), what.key, service));
  }
  watch.stop(result);
  return result;
}

}  // namespace legacy_visitor
