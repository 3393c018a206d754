// Arithmetic that the compiler turns into vectors.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>

namespace ranksweep {

/**
 * e^x by 2^n·p(r), |r| ≤ ln2/2 (Cephes' polynomial): 2e-7 relative. NaN stays, below -87 it is 1e-38 and above 88 it
 * is 1e38.
 */
inline float exponential(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  const float n = __builtin_rintf(x * 1.44269504f);
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const int32_t bits = (static_cast<int32_t>(n) + 127) << 23;
  float power;
  memcpy(&power, &bits, 4);
  return p * power;
}

inline float sigmoid(float x) { return 1.0f / (1.0f + exponential(-x)); }

}  // namespace ranksweep
