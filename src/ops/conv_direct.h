#pragma once

#include "backend/conv_shape.h"

namespace lampas::cpu {

/// Convolution by kernels of our own, channels first; same contract as the slots of ops/conv.h. Any stride, padding
/// (negative too), dilation and groups; T is float or double.
template <class T>
void conv_direct(const ConvShape& s, const T* x, const T* weight, const T* bias, T* y);
template <class T>
void conv_input_direct(const ConvShape& s, const T* dy, const T* weight, const T* bias, T* dx);
/// dweight is wanted, the batch not empty; best for batches that fill the vector lanes, or where weight_rows_pay or
/// weight_windows_pay.
template <class T>
void conv_weight_direct(const ConvShape& s, const T* x, const T* dy, T* dweight, T* dbias);

/// Values of scratch memory each thread of conv_weight_direct needs for its sums.
template <class T>
int64_t weight_sums(const ConvShape& s);

/// The derivative towards an input of few channels, and whether it is best computed from whole rows.
bool input_rows_pay(const ConvShape& s);
void conv_input_rows(const ConvShape& s, const float* dy, const float* weight, const float* bias, float* dx);

/// Whether conv_weight_direct gathers rows, or lays out windows, whatever the batch (float only).
bool weight_rows_pay(const ConvShape& s);
bool weight_windows_pay(const ConvShape& s);

}  // namespace lampas::cpu
