#pragma once

#include "backend/conv_shape.h"
#include "backend/kernel.h"
#include "backend/pack_key.h"

namespace lampas {

// Images may have any layout but the blocked ones, which only kernels that ask for them (conv_layouts_kernel) take.

/// y = conv(x, weight) + bias. `bias` (out_channels) may be null. Every element of y is written.
inline Kernel<void(const ConvShape& s, const void* x, const void* weight, const void* bias, void* y,
                   PackKey weight_key)>
    conv_kernel{"conv"};

/// dx = the convolution's derivative towards x (a transposed convolution of dy) + bias. `bias` (in_channels) may be
/// null; it serves conv_transpose, whose channel roles are exchanged. Every element of dx is written.
inline Kernel<void(const ConvShape& s, const void* dy, const void* weight, const void* bias, void* dx,
                   PackKey weight_key)>
    conv_input_kernel{"conv_input"};

/// dweight = the convolution's derivative towards the weight, dbias = sum of dy over batch and space. Either may be
/// null. Every element is written (an empty batch gives zeros).
inline Kernel<void(const ConvShape& s, const void* x, const void* dy, void* dweight, void* dbias)> conv_weight_kernel{
    "conv_weight"};

/// The layouts in which this call (with ChannelsFirst in the shape, `bias` or not, an image `packed` already or none)
/// would do without reordering, where those are blocked; ChannelsFirst for what should stay plain. May be empty: no
/// kernel of the dtype wants blocks.
inline Kernel<ConvLayouts(ConvDirection direction, const ConvShape& s, bool bias, bool packed)> conv_layouts_kernel{
    "conv_layouts"};

}  // namespace lampas
