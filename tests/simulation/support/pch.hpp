// SPDX-License-Identifier: MIT OR Apache-2.0
// What the tests on the simulated machine include alike.
#include "../simulate.hpp"

#include <micropool/micropool.hpp>
