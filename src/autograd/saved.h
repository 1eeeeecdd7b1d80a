#pragma once

#include <memory>

#include "autograd/meta.h"

namespace lampas {

namespace detail {
/// A tensor that hooks packed, and what is needed to restore its history.
struct PackedTensor;
struct DropPacked {
  void operator()(PackedTensor* p) const noexcept;
};
}  // namespace detail

/// A tensor kept for backward: checked for in-place changes when it is taken out. An output is kept without its
/// history, which would own this very node, and gets it back on the way out. In the scope of hooks
/// (graph::saved_tensors_hooks), what they made of the tensor is kept instead.
class SavedTensor {
 public:
  void save_input(const Tensor& t) {
    if (!t.defined()) return;
    if (LAMPAS_UNLIKELY(t.impl()->inference)) inference_error();
    const AutogradMeta* meta = t.impl()->autograd.load(std::memory_order_relaxed);
    tensor_ = LAMPAS_UNLIKELY(meta && meta->reseated) ? detail::contents_of(t) : t;
    if (LAMPAS_UNLIKELY(detail::thread_state.saved_hooks != nullptr)) return pack(detail::edge_of(t));
    version_ = tensor_.impl()->version();
  }
  void save_output(const Tensor& t, uint32_t output_nr) {
    const TensorImpl& i = *t.impl();
    tensor_ = Tensor::adopt(detail::new_alias(i, i.sizes_ref(), i.strides_ref(), i.offset));
    version_ = i.version();
    output_nr_ = output_nr;
    is_output_ = true;
    if (LAMPAS_UNLIKELY(detail::thread_state.saved_hooks != nullptr)) pack({});
  }
  /// The tensor as it was. `self` is the node that saved it. `scratch` holds it where it is not the saved one itself.
  const Tensor& take(Node* self, Tensor& scratch) const {
    if (!tensor_.defined()) return LAMPAS_UNLIKELY(packed_ != nullptr) ? unpack(self, scratch) : tensor_;
    if (LAMPAS_UNLIKELY(tensor_.impl()->version() != version_)) modified(self);
    if (!is_output_ || !detail::thread_state.grad_mode || !is_differentiable(tensor_.impl()->dtype)) return tensor_;
    const TensorImpl& i = *tensor_.impl();
    scratch = Tensor::adopt(detail::new_alias(i, i.sizes_ref(), i.strides_ref(), i.offset));
    detail::set_history(scratch, self, output_nr_);
    return scratch;
  }
  Tensor take(Node* self) const {
    Tensor scratch;
    return take(self, scratch);
  }
  /// Lets go of the tensor once backward has read it; whether there was one. A number that a Scalar became stays, as it
  /// would if the op had kept the number: backward through `x * 2` may run again.
  bool release() {
    if (!tensor_.defined() && !packed_) return false;
    if (tensor_.defined() && tensor_.impl()->wrapped_number) return false;
    reset();
    return true;
  }
  void reset() {
    tensor_.reset();
    packed_.reset();
  }

 private:
  /// Gives `tensor_` to the innermost hooks and keeps what they return.
  void pack(Edge edge);
  const Tensor& unpack(Node* self, Tensor& scratch) const;
  [[noreturn]] void modified(Node* self) const;
  [[noreturn]] static void inference_error();

  Tensor tensor_;
  std::unique_ptr<detail::PackedTensor, detail::DropPacked> packed_;  // then tensor_ is undefined
  uint32_t version_ = 0, output_nr_ = 0;
  bool is_output_ = false;
};

}  // namespace lampas
