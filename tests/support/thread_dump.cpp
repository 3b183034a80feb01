// SPDX-License-Identifier: MIT OR Apache-2.0
#include "thread_dump.hpp"

#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace micropool_test {

namespace {

// Who is to answer now; a late answer of another thread would spoil this one's.
std::atomic<pid_t> asked{0};
// What the interrupted thread leaves behind; `depth` is written last.
std::array<void*, 48> frames;
std::atomic<int> depth{-1};

int dump_signal() { return SIGRTMIN + 5; }

pid_t this_tid() { return static_cast<pid_t>(syscall(SYS_gettid)); }

void on_dump_signal(int) {
  if (asked != this_tid()) return;
  depth = backtrace(frames.data(), static_cast<int>(frames.size()));
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// The lines of /proc/self/task/<tid>/status that tell a sleeper from a spinner.
std::string status_of(const std::string& directory) {
  std::ifstream file(directory + "/status");
  std::string text;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("State:") || line.starts_with("SigBlk:") ||
        line.find("ctxt_switches") != std::string::npos) {
      std::replace(line.begin(), line.end(), '\t', ' ');
      text += "  " + line;
    }
  }
  return text;
}

void print_frame(void* address) {
  Dl_info info{};
  if (dladdr(address, &info) == 0) {
    std::fprintf(stderr, "      %p\n", address);
    return;
  }
  const char* file = info.dli_fname == nullptr ? "?" : info.dli_fname;
  const auto offset = static_cast<char*>(address) - static_cast<char*>(info.dli_fbase);
  char* readable = info.dli_sname == nullptr
                       ? nullptr
                       : abi::__cxa_demangle(info.dli_sname, nullptr, nullptr, nullptr);
  const char* symbol = readable != nullptr         ? readable
                       : info.dli_sname != nullptr ? info.dli_sname
                                                   : "?";
  std::fprintf(stderr, "      %s  (%s+0x%tx)\n", symbol, file, offset);
  std::free(readable);
}

void print_stack(pid_t tid) {
  depth = -1;
  asked = tid;
  if (syscall(SYS_tgkill, getpid(), tid, dump_signal()) != 0) {
    std::fprintf(stderr, "      (has ended)\n");
    return;
  }
  for (int waited_ms = 0; depth < 0 && waited_ms < 300; waited_ms += 5) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  if (depth < 0) {
    std::fprintf(stderr, "      (did not answer the signal)\n");
    return;
  }
  asked = 0;
  for (int i = 0; i < depth; ++i) print_frame(frames[static_cast<std::size_t>(i)]);
}

}  // namespace

void prepare_thread_dump() {
  // The first call loads libgcc; that must not happen inside the handler.
  void* unused[1];
  backtrace(unused, 1);
  struct sigaction action{};
  action.sa_handler = on_dump_signal;
  action.sa_flags = SA_RESTART;
  sigaction(dump_signal(), &action, nullptr);
}

void dump_threads() {
  std::vector<pid_t> tids;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    tids.push_back(std::stoi(entry.path().filename().string()));
  }
  std::sort(tids.begin(), tids.end());
  std::fprintf(stderr, "%zu threads (addr2line -Cfe FILE OFFSET finds a name for a \"?\"):\n",
               tids.size());
  const pid_t self = this_tid();
  for (const pid_t tid : tids) {
    const std::string directory = "/proc/self/task/" + std::to_string(tid);
    std::fprintf(stderr, "  %d \"%s\"%s\n    waits in %s, system call %s\n", tid,
                 first_line(directory + "/comm").c_str(), status_of(directory).c_str(),
                 first_line(directory + "/wchan").c_str(),
                 first_line(directory + "/syscall").c_str());
    if (tid == self) {
      std::fprintf(stderr, "      (writes this)\n");
    } else {
      print_stack(tid);
    }
  }
}

void name_this_thread(const char* name) { pthread_setname_np(pthread_self(), name); }

}  // namespace micropool_test
