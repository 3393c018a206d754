// RMSNorm, SwiGLU and cross-entropy, forward and backward, row by row.
#include "arithmetic.h"
#include "operations.h"
#include "parallel.h"

namespace ranksweep {

/** x [N,D], weight [D] → x·weight/√(mean x² + ε), and the inverse root [N,1]; ε is the factor */
void rmsNorm(Call& call) {
  const TF_Tensor *x = call.input(0), *weight = call.input(1);
  if (call.failed()) return;
  const int64_t rows = TF_Dim(x, 0), width = TF_Dim(x, 1);
  float *y = call.matrix(0, rows, width), *inverses = call.matrix(1, rows, 1);
  if (call.failed()) return;
  const float *from = floats(x), *w = floats(weight), epsilon = call.attributes.factor;
  forRows(rows, width, [=](int64_t row) {
    const float* in = from + row * width;
    float* out = y + row * width;
    float squares = 0;
    for (int64_t i = 0; i < width; i++) squares += in[i] * in[i];
    const float inverse = 1.0f / std::sqrt(squares / width + epsilon);
    for (int64_t i = 0; i < width; i++) out[i] = in[i] * inverse * w[i];
    inverses[row] = inverse;
  });
}

/** dy, x [N,D], weight [D], inverse [N,1] → with g = dy·weight, u = x·inverse: inverse·(g - u·mean(g·u)) */
void rmsNormGrad(Call& call) {
  const TF_Tensor *dy = call.input(0), *x = call.input(1);
  const TF_Tensor *weight = call.input(2), *inverse = call.input(3);
  if (call.failed()) return;
  const int64_t rows = TF_Dim(x, 0), width = TF_Dim(x, 1);
  float* dx = call.matrix(0, rows, width);
  if (call.failed()) return;
  const float *d = floats(dy), *from = floats(x), *w = floats(weight), *inverses = floats(inverse);
  forRows(rows, width, [=](int64_t row) {
    const float *dRow = d + row * width, *in = from + row * width;
    float* out = dx + row * width;
    float along = 0;
    for (int64_t i = 0; i < width; i++) along += dRow[i] * w[i] * in[i];
    const float root = inverses[row], share = along * root * root / width;
    for (int64_t i = 0; i < width; i++) out[i] = root * (dRow[i] * w[i] - in[i] * share);
  });
}

/** gate, up [N,F] → gate·σ(gate)·up */
void swiglu(Call& call) {
  const TF_Tensor *gate = call.input(0), *up = call.input(1);
  if (call.failed()) return;
  const int64_t rows = TF_Dim(gate, 0), width = TF_Dim(gate, 1);
  float* y = call.matrix(0, rows, width);
  if (call.failed()) return;
  const float *g = floats(gate), *u = floats(up);
  forRows(rows, 8 * width, [=](int64_t row) {
    for (int64_t i = row * width; i < (row + 1) * width; i++) y[i] = g[i] * sigmoid(g[i]) * u[i];
  });
}

/** dy, gate, up → dGate = dy·up·σ·(1 + gate·(1 - σ)), dUp = dy·gate·σ */
void swigluGrad(Call& call) {
  const TF_Tensor *dy = call.input(0), *gate = call.input(1), *up = call.input(2);
  if (call.failed()) return;
  const int64_t rows = TF_Dim(gate, 0), width = TF_Dim(gate, 1);
  float *dGate = call.matrix(0, rows, width), *dUp = call.matrix(1, rows, width);
  if (call.failed()) return;
  const float *d = floats(dy), *g = floats(gate), *u = floats(up);
  forRows(rows, 8 * width, [=](int64_t row) {
    for (int64_t i = row * width; i < (row + 1) * width; i++) {
      const float s = sigmoid(g[i]);
      dUp[i] = d[i] * g[i] * s;
      dGate[i] = d[i] * u[i] * s * (1.0f + g[i] * (1.0f - s));
    }
  });
}

/** logits [N,V], targets int32 [N], weights [N] → losses [N], weight·(softmax - onehot) [N,V] */
void crossEntropy(Call& call) {
  const TF_Tensor *logits = call.input(0), *targets = call.input(1), *weights = call.input(2);
  if (call.failed()) return;
  const int64_t rows = TF_Dim(logits, 0), width = TF_Dim(logits, 1);
  float *losses = call.output(0, &rows, 1), *gradient = call.matrix(1, rows, width);
  if (call.failed()) return;
  const float *from = floats(logits), *w = floats(weights);
  const int32_t* wanted = static_cast<const int32_t*>(TF_TensorData(targets));
  for (int64_t row = 0; row < rows; row++)
    if (wanted[row] < 0 || wanted[row] >= width) return call.fail("a target is not in the vocabulary");
  forRows(rows, 8 * width, [=](int64_t row) {
    const float* in = from + row * width;
    float* out = gradient + row * width;
    float largest = in[0], total = 0;
    for (int64_t i = 1; i < width; i++) largest = in[i] > largest ? in[i] : largest;
    for (int64_t i = 0; i < width; i++) {
      out[i] = exponential(in[i] - largest);
      total += out[i];
    }
    const float factor = w[row] / total;
    for (int64_t i = 0; i < width; i++) out[i] *= factor;
    out[wanted[row]] -= w[row];
    losses[row] = w[row] == 0 ? 0 : std::log(total) + largest - in[wanted[row]];
  });
}

}  // namespace ranksweep
