#pragma once

#include "backend/conv_shape.h"

namespace lampas::cpu {

/// Convolution by unfolding one image into a matrix and multiplying: handles every shape, layout and negative padding.
/// Same contract as the slots of ops/conv.h; T is float or double.
template <class T>
void conv_im2col(const ConvShape& s, const T* x, const T* weight, const T* bias, T* y);
template <class T>
void conv_input_im2col(const ConvShape& s, const T* dy, const T* weight, const T* bias, T* dx);
template <class T>
void conv_weight_im2col(const ConvShape& s, const T* x, const T* dy, T* dweight, T* dbias);

}  // namespace lampas::cpu
