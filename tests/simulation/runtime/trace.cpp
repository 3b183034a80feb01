// SPDX-License-Identifier: MIT OR Apache-2.0
#include "trace.hpp"

#include "stacks.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <vector>

namespace simulation {
namespace {

constexpr std::size_t max_events = std::size_t{1} << 20;

struct events {
  event* at;
  std::size_t count;  // so far; the newest max_events are kept
};
constinit events trace{};

// "function at file:line", and what is inlined there, for each address, from the debug information.
std::map<const void*, std::string> symbolize(const std::vector<const void*>& addresses) {
  std::map<const void*, std::string> names;
  std::array<char, 4096> program{};
  if (::readlink("/proc/self/exe", program.data(), program.size() - 1) < 0) return names;
  for (std::size_t begin = 0; begin < addresses.size(); begin += 200) {
    std::string command = "addr2line -f -C -i -s -e '" + std::string(program.data()) + "'";
    const std::size_t end = std::min(begin + 200, addresses.size());
    for (std::size_t i = begin; i < end; ++i) {
      std::array<char, 40> text{};
      // The call, and not the instruction behind it.
      std::snprintf(text.data(), text.size(), " %p",
                    static_cast<const void*>(static_cast<const char*>(addresses[i]) - 1));
      command += text.data();
    }
    // Each answer begins with its address.
    command.insert(command.find(" -e"), " -a");
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> answer(::popen(command.c_str(), "r"),
                                                                 &::pclose);
    if (answer == nullptr) return names;
    std::vector<std::string> lines;
    std::array<char, 4096> line{};
    while (std::fgets(line.data(), line.size(), answer.get()) != nullptr) {
      lines.emplace_back(line.data());
      while (!lines.back().empty() && lines.back().back() == '\n') lines.back().pop_back();
    }
    std::size_t which = begin;
    for (std::size_t i = 0; i < lines.size() && which < end;) {
      if (!lines[i].starts_with("0x")) {
        ++i;
        continue;
      }
      std::string where;
      int depth = 0;
      for (++i; i + 1 < lines.size() && !lines[i].starts_with("0x"); i += 2) {
        // The standard library's own lines tell nothing.
        const std::string& place = lines[i + 1];
        if (lines[i].starts_with("std::") || place.starts_with("atomic")) continue;
        if (depth++ == 3) continue;
        if (depth > 3) continue;
        std::string function = lines[i].substr(0, lines[i].find('('));
        where += (where.empty() ? "" : " < ") + function + " " + place.substr(0, place.find(" ("));
      }
      names[addresses[which++]] = where;
    }
  }
  return names;
}

const char* name_of(order o) noexcept {
  static constexpr const char* names[] = {"relaxed", "consume", "acquire",
                                          "release", "acq_rel", "seq_cst"};
  return names[static_cast<unsigned>(o)];
}

std::string text_of(const event& e) {
  std::array<char, 200> text{};
  const auto at = reinterpret_cast<void*>(e.address);
  const auto value = static_cast<unsigned long long>(e.value);
  switch (e.kind) {
    case event_kind::read:
      if (e.author == max_threads) {
        std::snprintf(text.data(), text.size(), "reads  %p = %llx (%s), its first value", at, value,
                      name_of(e.with));
      } else {
        std::snprintf(text.data(), text.size(), "reads  %p = %llx (%s), written by thread %u in step %llu",
                      at, value, name_of(e.with), e.author,
                      static_cast<unsigned long long>(e.author_step));
      }
      if (e.age > 0) {
        const std::size_t used = std::string(text.data()).size();
        std::snprintf(text.data() + used, text.size() - used, "; %u newer", e.age);
      }
      break;
    case event_kind::write:
      std::snprintf(text.data(), text.size(), "writes %p = %llx (%s)", at, value, name_of(e.with));
      break;
    case event_kind::fence:
      std::snprintf(text.data(), text.size(), "fence (%s)", name_of(e.with));
      break;
    case event_kind::wait: std::snprintf(text.data(), text.size(), "waits at %p", at); break;
    case event_kind::wake: std::snprintf(text.data(), text.size(), "wakes at %p", at); break;
    case event_kind::start: std::snprintf(text.data(), text.size(), "starts a thread"); break;
    case event_kind::end: std::snprintf(text.data(), text.size(), "ends"); break;
    case event_kind::race:
      std::snprintf(text.data(), text.size(), "plain access of %p", at);
      break;
    case event_kind::failure: std::snprintf(text.data(), text.size(), "FAILS"); break;
  }
  return text.data();
}

}  // namespace

void record(const event& e) noexcept { trace.at[trace.count++ % max_events] = e; }

void begin_trace() {
  if (trace.at == nullptr) {
    trace.at = static_cast<event*>(host_pages(max_events * sizeof(event)));
  }
  trace.count = 0;
  world.is_traced = true;
}

std::string end_trace(std::size_t lines) {
  world.is_traced = false;
  const std::size_t kept = std::min({lines, trace.count, max_events});
  std::vector<const void*> addresses;
  for (std::size_t i = trace.count - kept; i < trace.count; ++i) {
    addresses.push_back(trace.at[i % max_events].pc);
  }
  std::ranges::sort(addresses);
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  std::erase(addresses, nullptr);
  const auto names = symbolize(addresses);
  std::string account;
  for (std::size_t i = trace.count - kept; i < trace.count; ++i) {
    const event& e = trace.at[i % max_events];
    std::array<char, 40> head{};
    std::snprintf(head.data(), head.size(), "%5llu thread %u ",
                  static_cast<unsigned long long>(e.step), e.thread);
    account += head.data() + text_of(e);
    if (const auto name = names.find(e.pc); name != names.end() && !name->second.empty()) {
      account += "\n                 in " + name->second;
    }
    account += '\n';
  }
  return account;
}

}  // namespace simulation
