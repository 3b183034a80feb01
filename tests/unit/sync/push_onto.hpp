// SPDX-License-Identifier: MIT OR Apache-2.0
// push_onto: what a fork does with a deque, room first.
#pragma once

#include <micropool/detail/sync/deque.hpp>

namespace micropool_test {

template <class T>
void push_onto(micropool::detail::deque<T>& d, T* element) {
  if (!d.has_room_for(1)) d.reserve(1);
  d.push(element);
}

}  // namespace micropool_test
