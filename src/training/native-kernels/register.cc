// Makes the operations known to TensorFlow when Node loads this library: their names begin with "Ranksweep". The same
// sources are compiled for several processors; RANKSWEEP_CPU says for which, and nothing is registered on another.
#include <cstdio>
#include <cstring>
#include <string>

#include "operations.h"

namespace ranksweep {

namespace {

const Operation OPERATIONS[] = {
    {"RanksweepRmsNorm", "x weight", "y inverse", rmsNorm},
    {"RanksweepRmsNormGrad", "dy x weight inverse", "dx", rmsNormGrad},
    {"RanksweepSwiglu", "gate up", "y", swiglu},
    {"RanksweepSwigluGrad", "dy gate up", "dgate dup", swigluGrad},
    {"RanksweepCrossEntropy", "logits targets:int32 weights", "losses gradient", crossEntropy},
    {"RanksweepSplitHeads", "x", "y", splitHeads},
    {"RanksweepMergeHeads", "x", "y", mergeHeads},
    {"RanksweepRotaryHeads", "q k v cos sin", "queries keys values", rotaryHeads},
    {"RanksweepRotaryHeadsGrad", "q k v cos sin", "dq dk dv", rotaryHeadsGrad},
    {"RanksweepCausalSoftmax", "scores starts:int32", "p", causalSoftmax},
    {"RanksweepSoftmaxGrad", "p dp", "ds", softmaxGrad},
    {"RanksweepLowRank", "x a", "h", lowRank},
    {"RanksweepAddLowRank", "y h b", "", addLowRank},
    {"RanksweepLowRankGrad", "dy h b", "dh db", lowRankGrad},
    {"RanksweepOuterProduct", "h x", "out", outerProduct},
    {"RanksweepDequantizeInt8", "codes:uint8 absmax", "w", dequantizeInt8},
    {"RanksweepDequantizeNf4", "codes:uint8 absmax_codes:uint8 statistics tables", "w", dequantizeNf4},
};

struct Kernel {
  Attributes attributes;
};

void* create(TF_OpKernelConstruction* construction) {
  TF_Status* status = TF_NewStatus();
  Kernel* kernel = new Kernel();
  TF_OpKernelConstruction_GetAttrFloat(construction, "factor", &kernel->attributes.factor, status);
  TF_OpKernelConstruction_GetAttrInt64(construction, "length", &kernel->attributes.length, status);
  TF_OpKernelConstruction_GetAttrInt64(construction, "heads", &kernel->attributes.heads, status);
  TF_OpKernelConstruction_GetAttrInt64(construction, "groups", &kernel->attributes.groups, status);
  TF_DeleteStatus(status);
  return kernel;
}

void destroy(void* kernel) { delete static_cast<Kernel*>(kernel); }

/** The C API takes a function without data: one for each operation. */
template <int INDEX>
void compute(void* kernel, TF_OpKernelContext* context) {
  Call call(context, static_cast<Kernel*>(kernel)->attributes);
  OPERATIONS[INDEX].compute(call);
}

using AddArgument = void (*)(TF_OpDefinitionBuilder*, const char*);

void addArguments(TF_OpDefinitionBuilder* builder, const char* names, AddArgument add) {
  for (std::string rest = names; !rest.empty();) {
    const size_t space = rest.find(' ');
    const std::string name = rest.substr(0, space);
    add(builder, (name.find(':') == std::string::npos ? name + ":float" : name).c_str());
    rest = space == std::string::npos ? "" : rest.substr(space + 1);
  }
}

bool define(const Operation& operation) {
  TF_OpDefinitionBuilder* builder = TF_NewOpDefinitionBuilder(operation.name);
  const char* attributes[] = {"factor: float = 1.0", "length: int = 1", "heads: int = 1", "groups: int = 1"};
  for (const char* attribute : attributes)
    TF_OpDefinitionBuilderAddAttr(builder, attribute);
  addArguments(builder, operation.inputs, TF_OpDefinitionBuilderAddInput);
  addArguments(builder, operation.outputs, TF_OpDefinitionBuilderAddOutput);
  TF_Status* status = TF_NewStatus();
  TF_RegisterOpDefinition(builder, status);
  const bool defined = TF_GetCode(status) == 0;
  TF_DeleteStatus(status);
  return defined;
}

template <int INDEX>
bool registerFrom() {
  if constexpr (INDEX < sizeof(OPERATIONS) / sizeof(Operation)) {
    const Operation& operation = OPERATIONS[INDEX];
    if (!define(operation)) return false;
    TF_Status* status = TF_NewStatus();
    TF_KernelBuilder* builder = TF_NewKernelBuilder(operation.name, "CPU", create, compute<INDEX>, destroy);
    TF_RegisterKernelBuilder(operation.name, builder, status);
    const bool registered = TF_GetCode(status) == 0;
    TF_DeleteStatus(status);
    return registered && registerFrom<INDEX + 1>();
  }
  return true;
}

bool fitsProcessor() {
#if RANKSWEEP_CPU == 4
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512cd");
#else
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
#endif
}

}  // namespace

}  // namespace ranksweep

// Node-API, as far as it is needed here.
extern "C" {
using napi_env = struct napi_env__*;
using napi_value = struct napi_value__*;
int napi_get_boolean(napi_env, bool, napi_value*);
int napi_create_int32(napi_env, int32_t, napi_value*);
int napi_set_named_property(napi_env, napi_value, const char*, napi_value);

__attribute__((visibility("default"))) int32_t node_api_module_get_api_version_v1() { return 8; }

/** exports: version; registered, whether this processor can run the operations, and TensorFlow has taken them. */
__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  static const bool registered = ranksweep::fitsProcessor() && ranksweep::registerFrom<0>();
  napi_value value;
  napi_get_boolean(env, registered, &value);
  napi_set_named_property(env, exports, "registered", value);
  napi_create_int32(env, ranksweep::VERSION, &value);
  napi_set_named_property(env, exports, "version", value);
  return exports;
}
}
