// What attention needs beside its products: heads apart and together, rotation, causal softmax.
// N rows   B sequences of T   H heads   G key-value heads   d head dimension   N = B·T
#include "arithmetic.h"
#include "operations.h"
#include "parallel.h"

namespace ranksweep {

namespace {

/** Rows [B·T,width] with a head's d numbers at `column`, or the same head as a plane of [B,planes,T,d]. */
struct Heads {
  int64_t length, dimension, columns, planes;
  int64_t row(int64_t n, int64_t head) const { return n * columns + head * dimension; }
  int64_t plane(int64_t n, int64_t head) const {
    return (((n / length) * planes + head) * length + n % length) * dimension;
  }
};

/** Rotate-half by a line of cos and sin, times factor; inverse: by the opposite angle. */
inline void turn(const float* in, float* out, const float* cos, const float* sin, int64_t half, float factor,
                 float direction) {
  for (int64_t i = 0; i < half; i++) {
    const float a = in[i], b = in[i + half], c = cos[i] * factor, s = sin[i] * factor * direction;
    out[i] = a * c - b * s;
    out[i + half] = b * c + a * s;
  }
}

struct Tables {
  const float *cos, *sin;
  int64_t positions, half;
};

/** Without positions nothing is turned. */
inline void place(const float* in, float* out, int64_t n, const Tables& tables, int64_t dimension, float factor,
                  float direction) {
  if (tables.positions == 0) {
    for (int64_t i = 0; i < dimension; i++) out[i] = in[i] * factor;
    return;
  }
  const int64_t line = (n % tables.positions) * tables.half;
  turn(in, out, tables.cos + line, tables.sin + line, tables.half, factor, direction);
}

Tables tablesOf(const TF_Tensor* cos, const TF_Tensor* sin) {
  if (size(cos) == 0) return {nullptr, nullptr, 0, 0};
  return {floats(cos), floats(sin), TF_Dim(cos, 0), TF_Dim(cos, 1)};
}

}  // namespace

/** [N,H·d] → [B,G,H/G·T,d] */
void splitHeads(Call& call) {
  const TF_Tensor* x = call.input(0);
  if (call.failed()) return;
  const auto [factor, length, heads, groups] = call.attributes;
  const int64_t rows = TF_Dim(x, 0), d = TF_Dim(x, 1) / heads;
  const int64_t dims[] = {rows / length, groups, heads / groups * length, d};
  float* y = call.output(0, dims, 4);
  if (call.failed()) return;
  const float* from = floats(x);
  const Heads at{length, d, heads * d, heads};
  const int64_t count = heads;
  forRows(rows, count * d, [=](int64_t n) {
    for (int64_t head = 0; head < count; head++)
      memcpy(y + at.plane(n, head), from + at.row(n, head), d * sizeof(float));
  });
}

/** [B,G,H/G·T,d] → [N,H·d] */
void mergeHeads(Call& call) {
  const TF_Tensor* x = call.input(0);
  if (call.failed()) return;
  const auto [factor, length, heads, groups] = call.attributes;
  const int64_t rows = TF_Dim(x, 0) * length, d = TF_Dim(x, 3);
  float* y = call.matrix(0, rows, heads * d);
  if (call.failed()) return;
  const float* from = floats(x);
  const Heads at{length, d, heads * d, heads};
  const int64_t count = heads;
  forRows(rows, count * d, [=](int64_t n) {
    for (int64_t head = 0; head < count; head++)
      memcpy(y + at.row(n, head), from + at.plane(n, head), d * sizeof(float));
  });
}

/**
 * q [N,H·d], k, v [N,G·d], cos, sin [positions,d/2] or empty → turned q·factor [B,G,H/G·T,d], turned k, and v
 * [B,G,T,d]
 */
void rotaryHeads(Call& call) {
  const TF_Tensor *q = call.input(0), *k = call.input(1), *v = call.input(2);
  const TF_Tensor *cos = call.input(3), *sin = call.input(4);
  if (call.failed()) return;
  const float factor = call.attributes.factor;
  const int64_t length = call.attributes.length, heads = call.attributes.heads, groups = call.attributes.groups;
  const int64_t rows = TF_Dim(q, 0), d = TF_Dim(q, 1) / heads;
  const int64_t ofQ[] = {rows / length, groups, heads / groups * length, d};
  const int64_t ofK[] = {rows / length, groups, length, d};
  float *qOut = call.output(0, ofQ, 4), *kOut = call.output(1, ofK, 4), *vOut = call.output(2, ofK, 4);
  if (call.failed()) return;
  const float *qIn = floats(q), *kIn = floats(k), *vIn = floats(v);
  const Heads many{length, d, heads * d, heads}, few{length, d, groups * d, groups};
  const Tables tables = tablesOf(cos, sin);
  forRows(rows, (heads + 2 * groups) * d * 2, [=](int64_t n) {
    for (int64_t h = 0; h < heads; h++)
      place(qIn + many.row(n, h), qOut + many.plane(n, h), n, tables, d, factor, 1);
    for (int64_t h = 0; h < groups; h++) {
      place(kIn + few.row(n, h), kOut + few.plane(n, h), n, tables, d, 1, 1);
      memcpy(vOut + few.plane(n, h), vIn + few.row(n, h), d * sizeof(float));
    }
  });
}

/** The gradients of rotaryHeads' outputs, cos, sin → those of q, k and v in rows. */
void rotaryHeadsGrad(Call& call) {
  const TF_Tensor *q = call.input(0), *k = call.input(1), *v = call.input(2);
  const TF_Tensor *cos = call.input(3), *sin = call.input(4);
  if (call.failed()) return;
  const float factor = call.attributes.factor;
  const int64_t length = call.attributes.length, heads = call.attributes.heads, groups = call.attributes.groups;
  const int64_t rows = TF_Dim(k, 0) * length, d = TF_Dim(k, 3);
  float* dq = call.matrix(0, rows, heads * d);
  float *dk = call.matrix(1, rows, groups * d), *dv = call.matrix(2, rows, groups * d);
  if (call.failed()) return;
  const float *qIn = floats(q), *kIn = floats(k), *vIn = floats(v);
  const Heads many{length, d, heads * d, heads}, few{length, d, groups * d, groups};
  const Tables tables = tablesOf(cos, sin);
  forRows(rows, (heads + 2 * groups) * d * 2, [=](int64_t n) {
    for (int64_t h = 0; h < heads; h++)
      place(qIn + many.plane(n, h), dq + many.row(n, h), n, tables, d, factor, -1);
    for (int64_t h = 0; h < groups; h++) {
      place(kIn + few.plane(n, h), dk + few.row(n, h), n, tables, d, 1, -1);
      memcpy(dv + few.row(n, h), vIn + few.plane(n, h), d * sizeof(float));
    }
  });
}

/** scores [B,G,H/G·T,T], starts int32 [N] or empty → softmax of row i over the keys start…i, 0 elsewhere */
void causalSoftmax(Call& call) {
  const TF_Tensor *scores = call.input(0), *starts = call.input(1);
  if (call.failed()) return;
  const int64_t length = call.attributes.length, heads = call.attributes.heads;
  const int64_t dims[] = {TF_Dim(scores, 0), TF_Dim(scores, 1), TF_Dim(scores, 2), TF_Dim(scores, 3)};
  float* p = call.output(0, dims, 4);
  if (call.failed()) return;
  const float* from = floats(scores);
  const int32_t* first = size(starts) > 0 ? static_cast<const int32_t*>(TF_TensorData(starts)) : nullptr;
  forRows(dims[0] * heads * length, 4 * length, [=](int64_t row) {
    const int64_t i = row % length, sequence = row / (heads * length);
    const int64_t begin = first ? first[sequence * length + i] : 0;
    const float* in = from + row * length;
    float* out = p + row * length;
    float largest = in[begin], total = 0;
    for (int64_t j = begin; j <= i; j++) largest = in[j] > largest ? in[j] : largest;
    for (int64_t j = begin; j <= i; j++) {
      out[j] = exponential(in[j] - largest);
      total += out[j];
    }
    const float factor = 1.0f / total;
    for (int64_t j = begin; j <= i; j++) out[j] *= factor;
    for (int64_t j = 0; j < begin; j++) out[j] = 0;
    for (int64_t j = i + 1; j < length; j++) out[j] = 0;
  });
}

/** p, dp [B,G,H/G·T,T] → p·(dp - Σ dp·p) */
void softmaxGrad(Call& call) {
  const TF_Tensor *probabilities = call.input(0), *gradient = call.input(1);
  if (call.failed()) return;
  const int64_t length = call.attributes.length;
  const int64_t dims[] = {TF_Dim(gradient, 0), TF_Dim(gradient, 1), TF_Dim(gradient, 2), TF_Dim(gradient, 3)};
  float* ds = call.output(0, dims, 4);
  if (call.failed()) return;
  const float *p = floats(probabilities), *dp = floats(gradient);
  forRows(dims[0] * dims[1] * dims[2], 2 * length, [=](int64_t row) {
    const int64_t from = row * length, seen = row % length + 1;
    float along = 0;
    for (int64_t j = from; j < from + seen; j++) along += dp[j] * p[j];
    for (int64_t j = from; j < from + seen; j++) ds[j] = p[j] * (dp[j] - along);
    for (int64_t j = from + seen; j < from + length; j++) ds[j] = 0;
  });
}

}  // namespace ranksweep
