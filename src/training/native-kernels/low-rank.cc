// Products with the two thin matrices of an adapter: r rows or columns of one operand stay in registers or near by.
// x [N,K]   a [r,K]   h [N,r]   b [J,r]   t = bᵀ [r,J]   y [N,J]
#include <memory>

#include "operations.h"
#include "parallel.h"

namespace ranksweep {

namespace {

/** h = factor·x·aᵀ for ROWS rows and RANK columns at once */
template <int ROWS, int RANK>
inline void dots(const float* x, const float* a, float* h, int64_t width, int64_t rank, float factor) {
  float sums[ROWS][RANK] = {};
  for (int64_t k = 0; k < width; k++) {
#pragma GCC unroll 4
    for (int n = 0; n < ROWS; n++)
#pragma GCC unroll 4
      for (int r = 0; r < RANK; r++) sums[n][r] += x[n * width + k] * a[r * width + k];
  }
  for (int n = 0; n < ROWS; n++)
    for (int r = 0; r < RANK; r++) h[n * rank + r] = factor * sums[n][r];
}

template <int ROWS>
inline void dotsOfRows(const float* x, const float* a, float* h, int64_t width, int64_t rank, float factor) {
  int64_t r = 0;
  for (; r + 4 <= rank; r += 4) dots<ROWS, 4>(x, a + r * width, h + r, width, rank, factor);
  for (; r < rank; r++) dots<ROWS, 1>(x, a + r * width, h + r, width, rank, factor);
}

void product(const float* x, const float* a, float* h, int64_t rows, int64_t width, int64_t rank,
             float factor) {
  forRanges(rows, width * rank / 4, [=](int64_t n, int64_t end) {
    for (; n + 4 <= end; n += 4) dotsOfRows<4>(x + n * width, a, h + n * rank, width, rank, factor);
    for (; n < end; n++) dotsOfRows<1>(x + n * width, a, h + n * rank, width, rank, factor);
  });
}

/** y += h·t for ROWS rows and RANK terms */
template <int ROWS, int RANK>
inline void addTerms(const float* h, const float* t, float* y, int64_t width, int64_t rank) {
  float factors[ROWS][RANK];
  for (int n = 0; n < ROWS; n++)
    for (int r = 0; r < RANK; r++) factors[n][r] = h[n * rank + r];
#pragma GCC ivdep
  for (int64_t j = 0; j < width; j++) {
#pragma GCC unroll 4
    for (int n = 0; n < ROWS; n++) {
      float sum = y[n * width + j];
#pragma GCC unroll 8
      for (int r = 0; r < RANK; r++) sum += factors[n][r] * t[r * width + j];
      y[n * width + j] = sum;
    }
  }
}

template <int ROWS>
inline void addToRows(const float* h, const float* t, float* y, int64_t width, int64_t rank) {
  int64_t r = 0;
  for (; r + 8 <= rank; r += 8) addTerms<ROWS, 8>(h + r, t + r * width, y, width, rank);
  for (; r < rank; r++) addTerms<ROWS, 1>(h + r, t + r * width, y, width, rank);
}

void addProduct(const float* h, const float* t, float* y, int64_t rows, int64_t width, int64_t rank) {
  forRanges(rows, width * rank / 4, [=](int64_t n, int64_t end) {
    for (; n + 4 <= end; n += 4) addToRows<4>(h + n * rank, t, y + n * width, width, rank);
    for (; n < end; n++) addToRows<1>(h + n * rank, t, y + n * width, width, rank);
  });
}

/** out[r,j] += Σ h[n,r]·y[n,j] over ROWS rows, for j of begin…end */
template <int ROWS>
inline void addOuter(const float* h, const float* y, float* out, int64_t begin, int64_t end, int64_t width,
                     int64_t rank) {
  for (int64_t r = 0; r < rank; r++) {
    float factors[ROWS];
    for (int n = 0; n < ROWS; n++) factors[n] = h[n * rank + r];
    float* to = out + r * width;
#pragma GCC ivdep
    for (int64_t j = begin; j < end; j++) {
      float sum = to[j];
#pragma GCC unroll 8
      for (int n = 0; n < ROWS; n++) sum += factors[n] * y[n * width + j];
      to[j] = sum;
    }
  }
}

/** out = hᵀ·y [r,J]; threads take columns, so that the order of the sums is always the same */
void outer(const float* h, const float* y, float* out, int64_t rows, int64_t width, int64_t rank) {
  for (int64_t i = 0; i < rank * width; i++) out[i] = 0;
  constexpr int64_t TILE = 512;
  const int64_t tiles = (width + TILE - 1) / TILE;
  forRanges(tiles, rows * TILE * rank / 4, [=](int64_t tile, int64_t last) {
    for (; tile < last; tile++) {
      const int64_t begin = tile * TILE, end = begin + TILE < width ? begin + TILE : width;
      int64_t n = 0;
      for (; n + 8 <= rows; n += 8) addOuter<8>(h + n * rank, y + n * width, out, begin, end, width, rank);
      for (; n < rows; n++) addOuter<1>(h + n * rank, y + n * width, out, begin, end, width, rank);
    }
  });
}

using Scratch = std::unique_ptr<float[]>;

/** [rows,columns] → [columns,rows] */
void transpose(const float* from, float* to, int64_t rows, int64_t columns) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) to[j * rows + i] = from[i * columns + j];
}

}  // namespace

/** x [N,K], a [r,K] → factor·x·aᵀ [N,r] */
void lowRank(Call& call) {
  const TF_Tensor *x = call.input(0), *a = call.input(1);
  if (call.failed()) return;
  const int64_t rows = TF_Dim(x, 0), width = TF_Dim(x, 1), rank = TF_Dim(a, 0);
  float* h = call.matrix(0, rows, rank);
  if (call.failed()) return;
  product(floats(x), floats(a), h, rows, width, rank, call.attributes.factor);
}

/**
 * y [N,J], h [N,r], b [J,r] or (groups 2) its transpose [r,J]: y += h·bᵀ in place, without an output. The caller
 * made y just before and nobody else has seen it.
 */
void addLowRank(Call& call) {
  const TF_Tensor *y = call.input(0), *h = call.input(1), *b = call.input(2);
  if (call.failed()) return;
  const int64_t rows = TF_Dim(y, 0), width = TF_Dim(y, 1), rank = TF_Dim(h, 1);
  float* out = static_cast<float*>(TF_TensorData(y));
  if (call.attributes.groups == 2) return addProduct(floats(h), floats(b), out, rows, width, rank);
  const Scratch turned(new float[width * rank]);
  transpose(floats(b), turned.get(), width, rank);
  addProduct(floats(h), turned.get(), out, rows, width, rank);
}

/** dy [N,J], h [N,r], b [J,r] → factor·dy·b [N,r], dyᵀ·h [J,r] */
void lowRankGrad(Call& call) {
  const TF_Tensor *dy = call.input(0), *h = call.input(1), *b = call.input(2);
  if (call.failed()) return;
  const int64_t rows = TF_Dim(dy, 0), width = TF_Dim(dy, 1), rank = TF_Dim(h, 1);
  float *dh = call.matrix(0, rows, rank), *db = call.matrix(1, width, rank);
  if (call.failed()) return;
  const Scratch turned(new float[width * rank]);
  transpose(floats(b), turned.get(), width, rank);
  product(floats(dy), turned.get(), dh, rows, width, rank, call.attributes.factor);
  outer(floats(h), floats(dy), turned.get(), rows, width, rank);
  transpose(turned.get(), db, rank, width);
}

/** h [N,r], x [N,K] → hᵀ·x [r,K] */
void outerProduct(Call& call) {
  const TF_Tensor *h = call.input(0), *x = call.input(1);
  if (call.failed()) return;
  const int64_t rows = TF_Dim(x, 0), width = TF_Dim(x, 1), rank = TF_Dim(h, 1);
  float* out = call.matrix(0, rank, width);
  if (call.failed()) return;
  outer(floats(h), floats(x), out, rows, width, rank);
}

}  // namespace ranksweep
