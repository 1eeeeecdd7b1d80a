#include "lampas/core/half.h"
#include "ops/pool_planes.h"

namespace lampas::cpu {

namespace {

constexpr int64_t kRoom = 64;  // behind a widened plane: two vectors of any kind

template <class T>
void widen(const void* from, int64_t n, float* to) {
  const T* p = static_cast<const T*>(from);
  for (int64_t i = 0; i < n; ++i) to[i] = p[i];
}
template <class T>
void narrow(const float* from, int64_t n, void* to) {
  T* p = static_cast<T*>(to);
  for (int64_t i = 0; i < n; ++i) p[i] = T(from[i]);
}

int64_t floor_div(int64_t a, int64_t b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

}  // namespace

PlaneLoop::PlaneLoop(const PlaneTask& task, int64_t begin, int64_t end)
    : task_(task),
      plane_(begin - 1),
      end_(end),
      wide_in_(is_reduced_floating(task.dtype) ? task.in_size + kRoom : 0),
      wide_out_(is_reduced_floating(task.dtype) ? task.out_size : 0) {
  if (wide_in_.data()) std::fill_n(wide_in_ + task.in_size, kRoom, 0.f);
}

bool PlaneLoop::next() {
  const bool half = task_.dtype == kHalf, reduced = is_reduced_floating(task_.dtype);
  const int64_t bytes = task_.dtype == kDouble ? 8 : reduced ? 2 : 4;
  const auto at = [&](auto* p, int64_t size) {
    using Byte = std::conditional_t<std::is_const_v<std::remove_pointer_t<decltype(p)>>, const char, char>;
    return static_cast<Byte*>(p) + plane_ * size * bytes;
  };
  if (out_ && reduced) (half ? narrow<Half> : narrow<BFloat16>)(wide_out_, task_.out_size, at(task_.y, task_.out_size));
  if (++plane_ >= end_) return false;
  in_ = at(task_.x, task_.in_size), out_ = at(task_.y, task_.out_size);
  room_ = (task_.planes - plane_) * task_.in_size;
  if (reduced) {
    (half ? widen<Half> : widen<BFloat16>)(in_, task_.in_size, wide_in_.data());
    in_ = wide_in_.data(), out_ = wide_out_.data(), room_ = task_.in_size + kRoom;
  }
  return true;
}

void PlaneTask::run(PlaneWork work, const void* context) const {
  parallel_for(planes, kGrain / std::max<int64_t>(1, cost) + 1, [&](int64_t begin, int64_t end) {
    PlaneLoop loop(*this, begin, end);
    work(context, loop);
  });
}

PoolCall::PoolCall(const PoolShape& shape) : s(shape), axes(shape) {}
int64_t PoolCall::window_work() const { return axes.out_size() * axes.d.kernel * axes.h.kernel * axes.w.kernel; }
void PoolCall::forward(ScalarType dtype, const void* x, void* y, int64_t cost, PlaneWork work) const {
  PlaneTask{dtype, s.planes, axes.in_size(), axes.out_size(), cost, x, y}.run(work, this);
}
void PoolCall::backward(ScalarType dtype, const void* dy, void* dx, int64_t cost, PlaneWork work) const {
  PlaneTask{dtype, s.planes, axes.out_size(), axes.in_size(), cost, dy, dx}.run(work, this);
}

template <class T>
OpenPlane<T>::OpenPlane(int64_t size, int64_t row, int64_t lanes)
    : size_(size), row_(row), over_(2 * lanes), copy_(std::min(size, 2 * row + over_) + over_) {
  std::fill_n(copy_.data(), std::min(size, 2 * row + over_) + over_, T(0));
}
template <class T>
void OpenPlane<T>::open(const T* plane, int64_t room) {
  plane_ = plane, tail_ = size_;
  if (room >= size_ + over_) return;
  const int64_t reach = room - row_ - over_;  // rows that start here, or before, are safe
  tail_ = reach < 0 ? 0 : std::min(size_, (reach / row_ + 1) * row_);
  std::copy_n(plane + tail_, size_ - tail_, copy_.data());
}
template class OpenPlane<float>;
template class OpenPlane<double>;
template class OpenPlane<uint8_t>;

Windows windows_of(const PoolAxis& w) {
  if (w.stride != 2 || w.dilation != 1) return Windows::others;
  if (w.kernel == 2 && w.padding == 0 && 2 * w.out <= w.in) return Windows::pairs;
  return w.kernel == 3 && w.padding == 1 && (w.in == 2 * w.out || w.in == 2 * w.out - 1) ? Windows::threes
                                                                                         : Windows::others;
}

PhasePlan::PhasePlan(const PoolAxis& w, int64_t lanes)
    : phases_(w.stride == 2 ? 2 : 1), margin_(round_up((w.padding + phases_ - 1) / phases_, lanes)), taps_(w.kernel) {
  const int64_t reach = (w.kernel - 1) * w.dilation - w.padding;  // of the last tap of window 0
  const int64_t end =
      w.stride == phases_ ? round_up(w.out, lanes) + floor_div(reach, phases_) : (w.out - 1) * w.stride + reach + 1;
  phase_ = margin_ + round_up(std::max(end, round_up(w.in, 2 * lanes)), lanes) + lanes;
  for (int64_t k = 0; k < w.kernel; ++k) {
    const int64_t at = k * w.dilation - w.padding, q = floor_div(at, phases_);
    taps_[k] = (at - q * phases_) * phase_ + margin_ + q;
  }
}

template <class T>
RowList<T>::RowList(const PoolAxes& a)
    : step(a.h.stride * a.w.in),
      row(a.d.kernel * a.h.kernel),
      position(a.d.kernel * a.h.kernel),
      tap(a.d.kernel * a.h.kernel),
      first_inner_(a.h.first_inner()),
      last_inner_(a.h.last_inner()) {}
template <class T>
void RowList<T>::find(const OpenPlane<T>& plane, const PoolAxes& a, int64_t od, int64_t oh) {
  n = 0, count = 1;
  const int64_t z1 = a.d.last_tap(od), y0 = a.h.first_tap(oh), y1 = a.h.last_tap(oh);
  for (int64_t z = a.d.first_tap(od); z < z1; ++z)
    for (int64_t y = y0; y < y1; ++y, ++n) {
      position[n] = (a.d.start(od) + z * a.d.dilation) * a.h.in + a.h.start(oh) + y * a.h.dilation;
      row[n] = plane.at(position[n] * a.w.in);
      tap[n] = z * a.h.kernel + y;
    }
  if (n == 0 || oh < first_inner_ || oh >= last_inner_) return;
  const int64_t room = plane.tail() - 1 - position[n - 1] * a.w.in;
  if (room >= 0) count = std::min(last_inner_ - oh, room / step + 1);
}
template class RowList<float>;
template class RowList<double>;

PoolCovers::PoolCovers(const PoolAxis& a) : begin_(a.in + 1), all_(a.out * a.kernel) {
  int64_t n = 0;
  for (int64_t i = 0; i < a.in; ++i) {
    begin_[i] = n;
    const int64_t at = i + a.padding, reach = at - (a.kernel - 1) * a.dilation;
    for (int64_t o = reach <= 0 ? 0 : (reach + a.stride - 1) / a.stride; o < a.out && o * a.stride <= at; ++o)
      if ((at - o * a.stride) % a.dilation == 0) all_[n++] = {o, (at - o * a.stride) / a.dilation};
  }
  begin_[a.in] = n;
}

}  // namespace lampas::cpu
