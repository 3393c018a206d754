// What is used of TensorFlow's C API for kernels (tensorflow/c/kernels.h and ops.h, the same since 2.3), declared here
// so that nothing but the library is needed, and a shorter way to say it.
#pragma once
#include <cstddef>
#include <cstdint>

extern "C" {
struct TF_Status;
struct TF_Tensor;
struct TF_OpKernelConstruction;
struct TF_OpKernelContext;
struct TF_KernelBuilder;
struct TF_OpDefinitionBuilder;
TF_Status* TF_NewStatus();
void TF_DeleteStatus(TF_Status*);
int TF_GetCode(const TF_Status*);
void TF_SetStatus(TF_Status*, int code, const char* message);
const char* TF_Message(const TF_Status*);
void* TF_TensorData(const TF_Tensor*);
int TF_NumDims(const TF_Tensor*);
int64_t TF_Dim(const TF_Tensor*, int index);
void TF_DeleteTensor(TF_Tensor*);
void TF_GetInput(TF_OpKernelContext*, int, TF_Tensor**, TF_Status*);
TF_Tensor* TF_AllocateOutput(TF_OpKernelContext*, int, int type, const int64_t* dims, int count, size_t bytes,
                             TF_Status*);
void TF_OpKernelContext_Failure(TF_OpKernelContext*, TF_Status*);
void TF_OpKernelConstruction_GetAttrFloat(TF_OpKernelConstruction*, const char*, float*, TF_Status*);
void TF_OpKernelConstruction_GetAttrInt64(TF_OpKernelConstruction*, const char*, int64_t*, TF_Status*);
TF_KernelBuilder* TF_NewKernelBuilder(const char* op, const char* device,
                                      void* (*create)(TF_OpKernelConstruction*),
                                      void (*compute)(void*, TF_OpKernelContext*), void (*destroy)(void*));
void TF_RegisterKernelBuilder(const char* name, TF_KernelBuilder*, TF_Status*);
TF_OpDefinitionBuilder* TF_NewOpDefinitionBuilder(const char* name);
void TF_OpDefinitionBuilderAddAttr(TF_OpDefinitionBuilder*, const char*);
void TF_OpDefinitionBuilderAddInput(TF_OpDefinitionBuilder*, const char*);
void TF_OpDefinitionBuilderAddOutput(TF_OpDefinitionBuilder*, const char*);
void TF_RegisterOpDefinition(TF_OpDefinitionBuilder*, TF_Status*);
}

namespace ranksweep {

constexpr int FLOAT_TYPE = 1, INVALID_ARGUMENT = 3;
constexpr int MOST_TENSORS = 6;

/** The attributes that an operation may have; all are in each operation's definition. */
struct Attributes {
  float factor;
  int64_t length, heads, groups;
};

/** One call: inputs and outputs by their position. */
struct Call {
  TF_OpKernelContext* context;
  const Attributes& attributes;
  TF_Status* status;
  TF_Tensor* tensors[2 * MOST_TENSORS];
  int count = 0;

  Call(TF_OpKernelContext* c, const Attributes& a) : context(c), attributes(a), status(TF_NewStatus()) {}
  ~Call() {
    if (TF_GetCode(status) != 0) TF_OpKernelContext_Failure(context, status);
    while (count > 0) TF_DeleteTensor(tensors[--count]);
    TF_DeleteStatus(status);
  }
  bool failed() const { return TF_GetCode(status) != 0; }
  void fail(const char* message) { TF_SetStatus(status, INVALID_ARGUMENT, message); }

  const TF_Tensor* input(int index) {
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context, index, &tensor, status);
    if (tensor) tensors[count++] = tensor;
    return tensor;
  }
  float* output(int index, const int64_t* dims, int rank) {
    int64_t size = 1;
    for (int i = 0; i < rank; i++) size *= dims[i];
    TF_Tensor* tensor = TF_AllocateOutput(context, index, FLOAT_TYPE, dims, rank, size * sizeof(float), status);
    if (tensor) tensors[count++] = tensor;
    return tensor ? static_cast<float*>(TF_TensorData(tensor)) : nullptr;
  }
  float* matrix(int index, int64_t rows, int64_t columns) {
    const int64_t dims[] = {rows, columns};
    return output(index, dims, 2);
  }
};

inline const float* floats(const TF_Tensor* tensor) { return static_cast<const float*>(TF_TensorData(tensor)); }
inline int64_t size(const TF_Tensor* tensor) {
  int64_t product = 1;
  for (int i = 0; i < TF_NumDims(tensor); i++) product *= TF_Dim(tensor, i);
  return product;
}

using Compute = void (*)(Call&);

/** An operation, its name as "Name input,input:int32 -> output,output". */
struct Operation {
  const char* name;
  const char* inputs;
  const char* outputs;
  Compute compute;
};

}  // namespace ranksweep
