// SPDX-License-Identifier: MIT OR Apache-2.0
// SHA-1 of a short message of 32-bit words, as the tree of uts.hpp is defined by it. Not for
// cryptography. National Institute of Standards and Technology, FIPS 180-4, section 6.1.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace bench::uts {

// Big-endian words: the first byte of the digest is the highest of the first word.
using digest = std::array<std::uint32_t, 5>;

// The digest of a message short enough for one padded block of sixteen words.
template <std::size_t N>
  requires(N <= 13)
digest sha1(const std::array<std::uint32_t, N>& message) {
  // A ring of the last sixteen words of the message schedule.
  std::array<std::uint32_t, 16> w{};
  for (std::size_t i = 0; i < N; ++i) w[i] = message[i];
  w[N] = 0x80000000;
  w[15] = N * 32;

  constexpr digest initial = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
  std::uint32_t a = initial[0];
  std::uint32_t b = initial[1];
  std::uint32_t c = initial[2];
  std::uint32_t d = initial[3];
  std::uint32_t e = initial[4];
  const auto round = [&](std::size_t i, std::uint32_t f, std::uint32_t k) {
    if (i >= 16) {
      w[i % 16] = std::rotl(w[(i + 13) % 16] ^ w[(i + 8) % 16] ^ w[(i + 2) % 16] ^ w[i % 16], 1);
    }
    const std::uint32_t next = std::rotl(a, 5) + f + e + k + w[i % 16];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  };
  for (std::size_t i = 0; i < 20; ++i) round(i, d ^ (b & (c ^ d)), 0x5A827999);
  for (std::size_t i = 20; i < 40; ++i) round(i, b ^ c ^ d, 0x6ED9EBA1);
  for (std::size_t i = 40; i < 60; ++i) round(i, (b & c) | (d & (b | c)), 0x8F1BBCDC);
  for (std::size_t i = 60; i < 80; ++i) round(i, b ^ c ^ d, 0xCA62C1D6);
  return {initial[0] + a, initial[1] + b, initial[2] + c, initial[3] + d, initial[4] + e};
}

}  // namespace bench::uts
