// All operations: elementwise.cc, attention.cc, low-rank.cc, codes.cc.
#pragma once
#include "tensorflow.h"

namespace ranksweep {

/** Of the operations as native-kernels.ts calls them: both count up when one changes. */
constexpr int VERSION = 2;

void rmsNorm(Call&);
void rmsNormGrad(Call&);
void swiglu(Call&);
void swigluGrad(Call&);
void crossEntropy(Call&);
void splitHeads(Call&);
void mergeHeads(Call&);
void rotaryHeads(Call&);
void rotaryHeadsGrad(Call&);
void causalSoftmax(Call&);
void softmaxGrad(Call&);
void lowRank(Call&);
void addLowRank(Call&);
void lowRankGrad(Call&);
void outerProduct(Call&);
void dequantizeInt8(Call&);
void dequantizeNf4(Call&);

}  // namespace ranksweep
