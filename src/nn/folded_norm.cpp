#include "nn/folded_norm.h"

#include <array>

#include "autograd/thread_state.h"
#include "lampas/nn/modules/batchnorm.h"
#include "lampas/nn/modules/conv.h"
#include "lampas/nn/utils/fusion.h"
#include "nn/conv_padding.h"
#include "ops/pack.h"

namespace lampas::nn::detail {

namespace {

/// What folded weights were made of. A tensor whose contents may change without a version has no key, and no weights
/// are made of it.
struct Origin {
  std::array<PackKey, 6> keys;
  double eps = 0;
  bool complete = true;

  void add(size_t k, const Tensor& t) {
    if (!t.defined()) return;
    keys[k] = pack_key(t);
    complete = complete && keys[k];
  }
  bool operator==(const Origin&) const = default;
};

}  // namespace

struct FoldedNorms::Folded {
  Origin origin;
  Tensor weight, bias;
};

template <class Conv, class Norm>
std::shared_ptr<const FoldedNorms::Folded> FoldedNorms::folded(size_t position, Conv& conv, Norm& norm) {
  Origin now;
  now.eps = norm.options.eps();
  const Tensor* const parts[] = {&conv.weight, &conv.bias,         &norm.weight,
                                 &norm.bias,   &norm.running_mean, &norm.running_var};
  for (size_t k = 0; k < now.keys.size(); ++k) now.add(k, *parts[k]);
  if (!now.complete) return nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (position < kept_.size() && kept_[position] && kept_[position]->origin == now) return kept_[position];
  }
  auto made = std::make_shared<Folded>();
  made->origin = now;
  std::tie(made->weight, made->bias) = utils::fuse_conv_bn_weights(conv.weight, conv.bias, norm.running_mean,
                                                                   norm.running_var, now.eps, norm.weight, norm.bias);
  const std::lock_guard lock(mutex_);
  if (position >= kept_.size()) kept_.resize(position + 1);
  kept_[position] = made;
  return made;
}

bool FoldedNorms::run(size_t position, AnyModule& conv, AnyModule& norm, Tensor& x) {
  if (lampas::detail::thread_state.grad_mode || !x.defined()) return false;
  const auto attempt = [&]<class Conv, class Norm, size_t D>(Conv*, Norm*, std::integral_constant<size_t, D>) {
    if (&conv.type_info() != &typeid(Conv) || &norm.type_info() != &typeid(Norm)) return false;
    Conv& c = conv.get<Conv>();
    Norm& n = norm.get<Norm>();
    if (static_cast<const Module&>(c).has_hooks() || static_cast<const Module&>(n).has_hooks()) return false;
    if (n.is_training() || !n.options.track_running_stats() || !n.running_mean.defined()) return false;
    // What does not fit is left to the modules, which say so; reduced floats would be rounded elsewhere.
    const ScalarType t = x.scalar_type();
    if ((t != kFloat && t != kDouble) || x.dim() != static_cast<int64_t>(D) + 2) return false;
    if (n.running_mean.numel() != c.options.out_channels()) return false;
    for (const Tensor* part : {&c.weight, &c.bias, &n.weight, &n.bias, &n.running_mean, &n.running_var})
      if (part->defined() && part->scalar_type() != t) return false;
    const auto f = folded(position, c, n);
    if (!f) return false;
    x = convolve<D>(x, f->weight, f->bias, c.options.stride(), c.options.padding(), c.options.dilation(),
                    c.options.groups(), c.options.padding_mode());
    return true;
  };
  return attempt(static_cast<Conv2dImpl*>(nullptr), static_cast<BatchNorm2dImpl*>(nullptr),
                 std::integral_constant<size_t, 2>()) ||
         attempt(static_cast<Conv1dImpl*>(nullptr), static_cast<BatchNorm1dImpl*>(nullptr),
                 std::integral_constant<size_t, 1>()) ||
         attempt(static_cast<Conv3dImpl*>(nullptr), static_cast<BatchNorm3dImpl*>(nullptr),
                 std::integral_constant<size_t, 3>());
}

}  // namespace lampas::nn::detail
