// SPDX-License-Identifier: MIT OR Apache-2.0
// The standard headers that most files of the library include: reading them takes half of the time
// that the library takes to compile. Every file includes what it needs itself; a build by CMake,
// which has no such header, would notice.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>
