// Weights kept as codes (src/training/quantization), back to float32: the same bits as in JavaScript and on WASM, so each product and
// sum is rounded by itself, in the order that is written here.
#ifdef __clang__
#pragma clang fp contract(off) reassociate(off)
#else
#pragma GCC optimize("no-associative-math", "fp-contract=off")
#endif
#include <algorithm>
#include <cstring>

#include "operations.h"
#include "parallel.h"

namespace ranksweep {

namespace {

typedef float Floats __attribute__((vector_size(32)));
typedef int32_t Integers __attribute__((vector_size(32)));
typedef uint8_t Bytes __attribute__((vector_size(8)));

constexpr int64_t BLOCK = 64, GROUP = 256;

const uint8_t* bytes(const TF_Tensor* tensor) { return static_cast<const uint8_t*>(TF_TensorData(tensor)); }

/** Eight of sixteen values: the lower or the upper half of the table. */
inline Floats lookUp(Floats lower, Floats upper, Integers codes) {
  const Floats low = __builtin_shuffle(lower, codes), high = __builtin_shuffle(upper, codes);
  return codes > 7 ? high : low;
}

/** 32 bytes of codes, the first of two in the high half → 64 floats. */
void block(const uint8_t* codes, float absmax, const float* values, float* to) {
  const Integers left = {0, 8, 1, 9, 2, 10, 3, 11}, right = {4, 12, 5, 13, 6, 14, 7, 15};
  Floats lower, upper;
  memcpy(&lower, values, sizeof lower);
  memcpy(&upper, values + 8, sizeof upper);
  for (int64_t i = 0; i < BLOCK / 2; i += 8) {
    Bytes eight;
    memcpy(&eight, codes + i, sizeof eight);
    const Integers pairs = __builtin_convertvector(eight, Integers);
    const Floats first = lookUp(lower, upper, pairs >> 4) * absmax, second = lookUp(lower, upper, pairs & 15) * absmax;
    const Floats begin = __builtin_shuffle(first, second, left), end = __builtin_shuffle(first, second, right);
    memcpy(to + 2 * i, &begin, sizeof begin);
    memcpy(to + 2 * i + 8, &end, sizeof end);
  }
}

}  // namespace

/** codes int8 [out,in] as bytes, absmax [out] → (code·absmax)·factor */
void dequantizeInt8(Call& call) {
  const TF_Tensor *codes = call.input(0), *absmax = call.input(1);
  if (call.failed()) return;
  const int64_t rows = TF_Dim(codes, 0), width = TF_Dim(codes, 1);
  if (size(absmax) != rows) return call.fail("one absmax for each row");
  float* out = call.matrix(0, rows, width);
  if (call.failed()) return;
  const int8_t* from = static_cast<const int8_t*>(TF_TensorData(codes));
  const float *scales = floats(absmax), step = call.attributes.factor;
  forRows(rows, width, [=](int64_t row) {
    const int8_t* in = from + row * width;
    float *to = out + row * width, scale = scales[row];
    for (int64_t i = 0; i < width; i++) to[i] = in[i] * scale * step;
  });
}

/**
 * codes, two a byte, of length x heads weights; for each block of 64 a code of its absmax; for each 256 blocks a scale, and then the
 * offset; the 16 values and the 256 values of an absmax → [length, heads]: value·(absmax value·scale + offset)
 */
void dequantizeNf4(Call& call) {
  const TF_Tensor *codes = call.input(0), *absmaxCodes = call.input(1), *statistics = call.input(2), *tables = call.input(3);
  if (call.failed()) return;
  const int64_t count = call.attributes.length * call.attributes.heads, blocks = (count + BLOCK - 1) / BLOCK;
  const int64_t groups = (blocks + GROUP - 1) / GROUP;
  if (size(codes) != (count + 1) / 2 || size(absmaxCodes) != blocks || size(statistics) != groups + 1 || size(tables) != 272)
    return call.fail("codes and statistics that do not fit the matrix");
  float* out = call.matrix(0, call.attributes.length, call.attributes.heads);
  if (call.failed()) return;
  const uint8_t *from = bytes(codes), *which = bytes(absmaxCodes);
  const float *scales = floats(statistics), *values = floats(tables), *dynamic = values + 16, offset = scales[groups];
  forRows(blocks, BLOCK, [=](int64_t n) {
    const float absmax = dynamic[which[n]] * scales[n / GROUP] + offset;
    const int64_t begin = n * BLOCK, end = std::min(begin + BLOCK, count);
    if (end - begin == BLOCK) return block(from + begin / 2, absmax, values, out + begin);
    for (int64_t i = begin; i < end; i++) out[i] = values[i % 2 ? from[i / 2] & 15 : from[i / 2] >> 4] * absmax;
  });
}

}  // namespace ranksweep
