#include <cmath>

#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "backend/cpu/parallel.h"
#include "ops/optim_step.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/optim_step_cpu.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "backend/cpu/vec_io-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {

// The vectors of constants are made inside `update`, which the compiler moves out of the loop: vectors of unknown
// length (SVE) cannot be members.

template <class T>
struct SgdLoop {
  using Lane = ComputeType<T>;
  using D = hn::ScalableTag<Lane>;
  using V = hn::Vec<D>;
  SgdStep s;
  T* p;
  const T* g;
  T* buffer;  // null without momentum

  /// The new parameter; `b` becomes the new buffer.
  HWY_INLINE V update(D d, V w, V grad, V& b) const {
    if (s.weight_decay != 0) grad = hn::MulAdd(hn::Set(d, static_cast<Lane>(s.weight_decay)), w, grad);
    if (buffer) {
      const V momentum = hn::Set(d, static_cast<Lane>(s.momentum)),
              keep = hn::Set(d, static_cast<Lane>(1 - s.dampening));
      b = s.first ? grad : hn::MulAdd(momentum, b, hn::Mul(keep, grad));
      grad = s.nesterov ? hn::MulAdd(momentum, b, grad) : b;
    }
    return hn::MulAdd(hn::Set(d, static_cast<Lane>(-s.lr)), grad, w);
  }
  void run(int64_t begin, int64_t end) const {
    const D d;
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    const bool read = buffer && !s.first;
    int64_t k = begin;
    V b = hn::Zero(d);
    for (; k + lanes <= end; k += lanes) {
      if (read) b = load_as(d, buffer + k);
      store_as(d, update(d, load_as(d, p + k), load_as(d, g + k), b), p + k);
      if (buffer) store_as(d, b, buffer + k);
    }
    if (k == end) return;
    const auto rest = static_cast<size_t>(end - k);
    if (read) b = load_tail(d, buffer + k, rest);
    store_tail(d, update(d, load_tail(d, p + k, rest), load_tail(d, g + k, rest), b), p + k, rest);
    if (buffer) store_tail(d, b, buffer + k, rest);
  }
};

template <class T>
void sgd_step(void* p, const void* g, void* buffer, int64_t n, const SgdStep& s) {
  const SgdLoop<T> loop{s, static_cast<T*>(p), static_cast<const T*>(g), static_cast<T*>(buffer)};
  cpu::parallel_for(n, cpu::kGrain / 2, [&](int64_t begin, int64_t end) { loop.run(begin, end); });
}

template <class T>
struct AdamLoop {
  using Lane = ComputeType<T>;
  using D = hn::ScalableTag<Lane>;
  using V = hn::Vec<D>;
  AdamStep s;
  Lane scale;  // sqrt(bias_correction2)
  T* p;
  const T* g;
  T *m, *v, *v_max;  // v_max null without amsgrad

  HWY_INLINE V update(D d, V w, V grad, V& mean, V& square, V& largest) const {
    if (s.weight_decay != 0) {
      if (s.decoupled)
        w = hn::Mul(w, hn::Set(d, static_cast<Lane>(1 - s.lr * s.weight_decay)));
      else
        grad = hn::MulAdd(hn::Set(d, static_cast<Lane>(s.weight_decay)), w, grad);
    }
    mean = hn::MulAdd(hn::Set(d, static_cast<Lane>(1 - s.beta1)), grad,
                      hn::Mul(hn::Set(d, static_cast<Lane>(s.beta1)), mean));
    square = hn::MulAdd(hn::Mul(hn::Set(d, static_cast<Lane>(1 - s.beta2)), grad), grad,
                        hn::Mul(hn::Set(d, static_cast<Lane>(s.beta2)), square));
    V second = square;
    if (v_max) second = largest = hn::IfThenElse(hn::Le(square, largest), largest, square);
    const V denominator = hn::Add(hn::Div(hn::Sqrt(second), hn::Set(d, scale)), hn::Set(d, static_cast<Lane>(s.eps)));
    return hn::MulAdd(hn::Set(d, static_cast<Lane>(-s.lr / s.bias_correction1)), hn::Div(mean, denominator), w);
  }
  void run(int64_t begin, int64_t end) const {
    const D d;
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    int64_t k = begin;
    V largest = hn::Zero(d);
    for (; k + lanes <= end; k += lanes) {
      V mean = load_as(d, m + k), square = load_as(d, v + k);
      if (v_max) largest = load_as(d, v_max + k);
      store_as(d, update(d, load_as(d, p + k), load_as(d, g + k), mean, square, largest), p + k);
      store_as(d, mean, m + k);
      store_as(d, square, v + k);
      if (v_max) store_as(d, largest, v_max + k);
    }
    if (k == end) return;
    const auto rest = static_cast<size_t>(end - k);
    V mean = load_tail(d, m + k, rest), square = load_tail(d, v + k, rest);
    if (v_max) largest = load_tail(d, v_max + k, rest);
    store_tail(d, update(d, load_tail(d, p + k, rest), load_tail(d, g + k, rest), mean, square, largest), p + k, rest);
    store_tail(d, mean, m + k, rest);
    store_tail(d, square, v + k, rest);
    if (v_max) store_tail(d, largest, v_max + k, rest);
  }
};

template <class T>
void adam_step(void* p, const void* g, void* m, void* v, void* v_max, int64_t n, const AdamStep& s) {
  const AdamLoop<T> loop{s,
                         static_cast<ComputeType<T>>(std::sqrt(s.bias_correction2)),
                         static_cast<T*>(p),
                         static_cast<const T*>(g),
                         static_cast<T*>(m),
                         static_cast<T*>(v),
                         static_cast<T*>(v_max)};
  cpu::parallel_for(n, cpu::kGrain / 4, [&](int64_t begin, int64_t end) { loop.run(begin, end); });
}

void fill_optim_step() {
  sgd_step_kernel.set(kCPU, kFloat, sgd_step<float>);
  sgd_step_kernel.set(kCPU, kDouble, sgd_step<double>);
  sgd_step_kernel.set(kCPU, kHalf, sgd_step<Half>);
  sgd_step_kernel.set(kCPU, kBFloat16, sgd_step<BFloat16>);
  adam_step_kernel.set(kCPU, kFloat, adam_step<float>);
  adam_step_kernel.set(kCPU, kDouble, adam_step<double>);
  adam_step_kernel.set(kCPU, kHalf, adam_step<Half>);
  adam_step_kernel.set(kCPU, kBFloat16, adam_step<BFloat16>);
}

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
HWY_EXPORT(fill_optim_step);
static const cpu::KernelSet optim_step_kernels{[] { HWY_DYNAMIC_DISPATCH(fill_optim_step)(); }};
}  // namespace lampas
#endif
