#pragma once

#include "ops/activation.h"
#include "ops/elementwise_op.h"
#include "ops/packed_image.h"

/// What activations and their derivatives share.
namespace lampas {

/// A name as a template argument.
template <size_t N>
struct OpName {
  char text[N];
  constexpr OpName(const char (&s)[N]) {
    for (size_t k = 0; k < N; ++k) text[k] = s[k];
  }
};

/// Parameters of a kernel that has none.
struct NoActivationParams {};

/// dx = g * slope(s), s the activation's input or result: linear in g. `curvature` gives the derivative of the slope,
/// written in ops; without one the slope is flat.
template <OpName text, const Kernel<PointwiseFn>& kernel, class Params,
          Tensor (*curvature)(const Params&, const Tensor&) = nullptr, int cost = 1>
struct ActivationBackward {
  static constexpr const char* name = text.text;
  using saves = Saves<In<0, 1>, In<1>>;
  Params params;
  Tensor forward(const Tensor& g, const Tensor& s) const {
    const PackedImage p = packed_image(s);
    const Tensor h = p && g.scalar_type() == s.scalar_type() && g.sizes() == s.sizes() ? packed_in(g, p.layout()) : g;
    return elementwise({name, kernel, Elementwise::same, cost}, &params, {}, {&h, &s});
  }
  Grads<2> backward(const Tensor& v, const Needs<2>& need, const Tensor& g, const Tensor& s) const {
    Grads<2> d;
    if (need[0]) d[0] = apply(*this, v, s);
    if constexpr (curvature != nullptr) {
      if (need[1]) d[1] = v.mul(g).mul(curvature(params, s));
    }
    return d;
  }
};

/// An elementwise activation that saves `Saved`: In<0>, or Out where the slope can be told from the result. Then an
/// in-place call needs no copy of its input.
template <OpName text, const Kernel<PointwiseFn>& kernel, class Params, class Backward, class Saved, int cost = 1,
          Elementwise::Result result = Elementwise::same>
struct Activation {
  static constexpr const char* name = text.text;
  using saves = Saves<Saved>;
  Params params;
  const char* label = name;
  Tensor write(const Tensor& out, const Tensor& x) const {
    return elementwise({name, kernel, result, cost}, &params, out, {&x});
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& saved) const {
    return {apply(Backward{params}, g, saved)};
  }
};

}  // namespace lampas
