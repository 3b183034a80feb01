// SPDX-License-Identifier: MIT OR Apache-2.0
// Linking this with one object per public header shows that no header defines anything twice.
#include <micropool/micropool.hpp>
#include <micropool/version.hpp>

#include <cstdio>
#include <string>

int main() {
  namespace mp = micropool;
  const std::string expected = std::to_string(mp::version_major) + "." +
                               std::to_string(mp::version_minor) + "." +
                               std::to_string(mp::version_patch);
  if (mp::version_string == expected && mp::version_string == MICROPOOL_PROJECT_VERSION) return 0;
  std::printf("version_string is %s, its parts say %s, the build says %s\n",
              std::string(mp::version_string).c_str(), expected.c_str(), MICROPOOL_PROJECT_VERSION);
  return 1;
}
