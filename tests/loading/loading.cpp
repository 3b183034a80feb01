// SPDX-License-Identifier: MIT OR Apache-2.0
// Libraries that are loaded late. This program itself is not linked with micropool, so that it comes
// with them; PLUGINS names the directory in which they are.
#include "catch.hpp"
#include "gate.hpp"

#include <dlfcn.h>
#include <link.h>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <thread>

namespace mt = micropool_test;

// A library that is unloaded leaves the pages behind in which it counted its scopes (promise 10); what
// pointed to them is gone with it.
#if defined(__SANITIZE_ADDRESS__)
#define WITH_LEAK_CHECK 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_LEAK_CHECK 1
#endif
#endif
#if WITH_LEAK_CHECK
extern "C" int __lsan_is_turned_off() { return 1; }
#endif

namespace {

class plugin {
public:
  explicit plugin(const std::string& name)
      : handle_(::dlopen((std::string(PLUGINS "/") + name + ".so").c_str(), RTLD_NOW)) {
    if (handle_ == nullptr) throw std::runtime_error(::dlerror());
  }
  ~plugin() { ::dlclose(handle_); }
  plugin(const plugin&) = delete;
  plugin& operator=(const plugin&) = delete;

  int call(const char* function) const {
    return reinterpret_cast<int (*)()>(::dlsym(handle_, function))();
  }

private:
  void* handle_;
};

// Bytes of thread_locals of the libraries whose names contain `part`: the most that one has.
std::size_t thread_local_bytes(const std::string& part) {
  struct question {
    const std::string& part;
    std::size_t most;
  } q{part, 0};
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) {
        auto& asked = *static_cast<question*>(data);
        if (std::string(info->dlpi_name).find(asked.part) == std::string::npos) return 0;
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const auto& header = info->dlpi_phdr[i];
          if (header.p_type == PT_TLS && header.p_memsz > asked.most) asked.most = header.p_memsz;
        }
        return 0;
      },
      &q);
  return q.most;
}

constexpr int one_use = 3 + 4 + 100 + 5;

void load_and_use(const std::string& name) {
  const plugin p(name);
  CHECK(p.call("result_of_initialiser") == 2 * one_use);
  CHECK(p.call("use_from_outside") == one_use);
  CHECK(p.call("use_stackful") == 1);
  std::thread([&] { CHECK(p.call("use_from_outside") == one_use); }).join();
}

}  // namespace

TEST_CASE("a static initialiser below dlopen makes pools, joins, scopes and spawns on them and ends "
          "them") {
  load_and_use("plugin");
}

TEST_CASE("a static destructor below dlclose ends a pool, and the library is loaded again") {
  for (int i = 0; i < 5; ++i) load_and_use("plugin_with_archive_1");
}

TEST_CASE("three libraries that each contain the static archive are loaded into one process") {
  const plugin first("plugin_with_archive_1");
  const plugin second("plugin_with_archive_2");
  const plugin third("plugin_with_archive_3");
  for (const plugin* p : {&first, &second, &third}) {
    CHECK(p->call("result_of_initialiser") == 2 * one_use);
    CHECK(p->call("use_from_outside") == one_use);
  }
}

TEST_CASE("a thread that has used a library ends after the library was unloaded") {
  mt::gate unloaded;
  std::thread user;
  const mt::open_at_exit open(unloaded);
  int answer = 0;
  {
    const plugin p("plugin_with_archive_3");
    user = std::thread([&] {
      answer = p.call("use_from_outside") + p.call("use_stackful");
      unloaded.pass();
    });
    unloaded.wait_for_arrivals(1);
  }
  unloaded.open();
  user.join();
  CHECK(answer == one_use + 1);
}

TEST_CASE("the library has less than 100 bytes of thread_locals") {
  const plugin shared("plugin");
  const plugin with_archive("plugin_with_archive_1");
  CHECK(thread_local_bytes("libmicropool") > 0);
  CHECK(thread_local_bytes("libmicropool") < 100);
  CHECK(thread_local_bytes("plugin_with_archive_1") > 0);
  CHECK(thread_local_bytes("plugin_with_archive_1") < 100);
}
