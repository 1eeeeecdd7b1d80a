#include "backend/cpu/onednn.h"
#include "backend/cpu/parallel.h"
#include "backend/cpu/workspace.h"
#include "ops/conv.h"
#include "ops/conv_im2col.h"

namespace lampas {
namespace {

using cpu::Workspace;

int64_t positions(const int64_t* sizes, int dims) {
  int64_t p = 1;
  for (int d = 0; d < dims; ++d) p *= sizes[d];
  return p;
}
int64_t x_numel(const ConvShape& s) { return s.batch * s.in_channels * positions(s.in, s.dims); }
int64_t y_numel(const ConvShape& s) { return s.batch * s.out_channels * positions(s.out, s.dims); }
int64_t weight_numel(const ConvShape& s) {
  return s.out_channels * (s.in_channels / s.groups) * positions(s.kernel, s.dims);
}

// Each direction: an ordered list of implementations, the last of which refuses nothing.

void forward(const ConvShape& s, const float* x, const float* w, const float* bias, float* y, PackKey key) {
  if (!cpu::onednn::conv(s, x, w, bias, y, key)) cpu::conv_im2col(s, x, w, bias, y);
}
void forward(const ConvShape& s, const double* x, const double* w, const double* bias, double* y, PackKey) {
  cpu::conv_im2col(s, x, w, bias, y);
}
void input(const ConvShape& s, const float* dy, const float* w, const float* bias, float* dx, PackKey key) {
  if (bias || !cpu::onednn::conv_input(s, dy, w, dx, key)) cpu::conv_input_im2col(s, dy, w, bias, dx);
}
void input(const ConvShape& s, const double* dy, const double* w, const double* bias, double* dx, PackKey) {
  cpu::conv_input_im2col(s, dy, w, bias, dx);
}
void weight(const ConvShape& s, const float* x, const float* dy, float* dw, float* db) {
  if (!cpu::onednn::conv_weight(s, x, dy, dw, db)) cpu::conv_weight_im2col(s, x, dy, dw, db);
}
void weight(const ConvShape& s, const double* x, const double* dy, double* dw, double* db) {
  cpu::conv_weight_im2col(s, x, dy, dw, db);
}

/// A float32 copy of a reduced-precision operand (null stays null).
template <class T>
class Widened {
 public:
  Widened(const void* p, int64_t n) : buffer_(p ? n : 0) {
    const T* from = static_cast<const T*>(p);
    float* to = buffer_;
    if (p)
      cpu::parallel_for(n, cpu::kGrain, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) to[i] = from[i];
      });
  }
  operator const float*() const { return buffer_; }

 private:
  Workspace<float> buffer_;
};
/// A float32 result rounded to the reduced-precision tensor it stands for.
template <class T>
class Narrowed {
 public:
  Narrowed(void* p, int64_t n) : to_(static_cast<T*>(p)), n_(n), buffer_(p ? n : 0) {}
  operator float*() const { return buffer_; }
  void store() {
    const float* from = buffer_;
    if (to_)
      cpu::parallel_for(n_, cpu::kGrain, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) to_[i] = T(from[i]);
      });
  }

 private:
  T* to_;
  int64_t n_;
  Workspace<float> buffer_;
};

/// Float32 and float64 compute in their own type, the reduced floats in float32 (one rounding at the end).
template <class T>
struct Conv {
  static void forward(const ConvShape& s, const void* x, const void* w, const void* bias, void* y, PackKey key) {
    if constexpr (is_reduced_floating(dtype_of<T>)) {
      Narrowed<T> out(y, y_numel(s));
      lampas::forward(s, Widened<T>(x, x_numel(s)), Widened<T>(w, weight_numel(s)), Widened<T>(bias, s.out_channels),
                      out, key);
      out.store();
    } else {
      lampas::forward(s, static_cast<const T*>(x), static_cast<const T*>(w), static_cast<const T*>(bias),
                      static_cast<T*>(y), key);
    }
  }
  static void input(const ConvShape& s, const void* dy, const void* w, const void* bias, void* dx, PackKey key) {
    if constexpr (is_reduced_floating(dtype_of<T>)) {
      Narrowed<T> out(dx, x_numel(s));
      lampas::input(s, Widened<T>(dy, y_numel(s)), Widened<T>(w, weight_numel(s)), Widened<T>(bias, s.in_channels), out,
                    key);
      out.store();
    } else {
      lampas::input(s, static_cast<const T*>(dy), static_cast<const T*>(w), static_cast<const T*>(bias),
                    static_cast<T*>(dx), key);
    }
  }
  static void weight(const ConvShape& s, const void* x, const void* dy, void* dw, void* db) {
    if constexpr (is_reduced_floating(dtype_of<T>)) {
      Narrowed<T> out(dw, weight_numel(s)), out_bias(db, s.out_channels);
      lampas::weight(s, Widened<T>(x, x_numel(s)), Widened<T>(dy, y_numel(s)), out, out_bias);
      out.store();
      out_bias.store();
    } else {
      lampas::weight(s, static_cast<const T*>(x), static_cast<const T*>(dy), static_cast<T*>(dw), static_cast<T*>(db));
    }
  }
};

template <class... T>
bool set_all() {
  return ((conv_kernel.set(kCPU, dtype_of<T>, Conv<T>::forward) &&
           conv_input_kernel.set(kCPU, dtype_of<T>, Conv<T>::input) &&
           conv_weight_kernel.set(kCPU, dtype_of<T>, Conv<T>::weight)) &&
          ...);
}
const bool registered = set_all<float, double, Half, BFloat16>();

}  // namespace
}  // namespace lampas
