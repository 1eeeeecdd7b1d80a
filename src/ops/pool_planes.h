#pragma once

#include "backend/cpu/workspace.h"
#include "lampas/core/dtype.h"
#include "ops/pool_geometry.h"

namespace lampas::cpu {

/// One thread's planes, one after another. Reduced floats are widened to float32 and results rounded back, so that only
/// float or double are seen.
class PlaneLoop {
 public:
  /// Moves on to the next plane.
  bool next();
  template <class T>
  const T* in() const {
    return static_cast<const T*>(in_);
  }
  template <class T>
  T* out() const {
    return static_cast<T*>(out_);
  }
  int64_t plane() const { return plane_; }
  /// Elements of readable memory from in() on.
  int64_t room() const { return room_; }

 private:
  friend struct PlaneTask;
  PlaneLoop(const struct PlaneTask& task, int64_t begin, int64_t end);
  const struct PlaneTask& task_;
  int64_t plane_, end_, room_ = 0;
  const Workspace<float> wide_in_, wide_out_;
  const void* in_ = nullptr;
  void* out_ = nullptr;
};

using PlaneWork = void (*)(const void* context, PlaneLoop& loop);

/// Planes of x and y. `work(context, loop)` runs on several threads where `cost` operations a plane are worth it. Not a
/// template: it is compiled once, not once for every dtype of every kernel of every instruction set.
struct PlaneTask {
  ScalarType dtype;
  int64_t planes, in_size, out_size, cost;
  const void* x;
  void* y;
  void run(PlaneWork work, const void* context) const;
};

inline int64_t round_up(int64_t n, int64_t step) { return (n + step - 1) / step * step; }

/// A plane whose rows may be read two vectors past their end: where nothing follows it, its last rows are read from a
/// copy with room behind.
template <class T>
class OpenPlane {
 public:
  OpenPlane(int64_t size, int64_t row, int64_t lanes);
  /// `room` elements of memory start at `plane`.
  void open(const T* plane, int64_t room);
  const T* at(int64_t offset) const { return offset < tail_ ? plane_ + offset : copy_ + (offset - tail_); }
  /// Offsets below this one lie in the plane itself.
  int64_t tail() const { return tail_; }

 private:
  int64_t size_, row_, over_, tail_ = 0;
  const Workspace<T> copy_;
  const T* plane_ = nullptr;
};

/// Windows two apart that are made of an even and the next odd element, or of those and the odd one before: no line is
/// needed for them.
enum class Windows { pairs, threes, others };
Windows windows_of(const PoolAxis& w);

/// A row kept in phases, every element of which is found `stride` elements after the last one's neighbour, if that is
/// one or two: window w's tap k at line + tap(k) + w.
class PhasePlan {
 public:
  PhasePlan(const PoolAxis& w, int64_t lanes);
  int64_t phases() const { return phases_; }
  int64_t phase() const { return phase_; }
  int64_t margin() const { return margin_; }
  int64_t length() const { return phases_ * phase_; }
  int64_t tap(int64_t k) const { return taps_[k]; }

 private:
  int64_t phases_, margin_, phase_ = 0;
  const Workspace<int64_t> taps_;
};

/// The input rows of a row of windows, and how many rows of windows from that one on have the same rows, moved on by
/// `step` elements each time.
template <class T>
class RowList {
 public:
  explicit RowList(const PoolAxes& a);
  void find(const OpenPlane<T>& plane, const PoolAxes& a, int64_t od, int64_t oh);
  int64_t n = 0, count = 1;
  const int64_t step;
  const Workspace<const T*> row;
  const Workspace<int64_t> position, tap;  // number of the row in its plane, and in the kernel

 private:
  const int64_t first_inner_, last_inner_;
};

/// One axis seen from the input: the windows each position lies in, and as which of their taps, in order.
class PoolCovers {
 public:
  struct Cover {
    int64_t out, tap;
  };
  explicit PoolCovers(const PoolAxis& a);
  const Cover* begin(int64_t i) const { return all_ + begin_[i]; }
  const Cover* end(int64_t i) const { return all_ + begin_[i + 1]; }

 private:
  const Workspace<int64_t> begin_;
  const Workspace<Cover> all_;
};

/// What a pool's kernels are given.
struct PoolCall {
  const PoolShape& s;
  const PoolAxes axes;
  int64_t* indices = nullptr;
  uint8_t* taps = nullptr;
  const void* samples = nullptr;
  const AdaptiveWindows* windows = nullptr;
  explicit PoolCall(const PoolShape& shape);

  int64_t window_work() const;
  void forward(ScalarType dtype, const void* x, void* y, int64_t cost, PlaneWork work) const;
  void backward(ScalarType dtype, const void* dy, void* dx, int64_t cost, PlaneWork work) const;
};

/// Gives a State of this thread every plane of a loop.
template <class State, class T>
void each_plane(const void* call, PlaneLoop& loop) {
  State state(*static_cast<const PoolCall*>(call));
  while (loop.next()) state(loop.in<T>(), loop.out<T>(), loop.plane(), loop.room());
}

/// A kernel's work on float and on double planes.
struct FloatWorks {
  PlaneWork of_float = nullptr, of_double = nullptr;
  template <class T>
  PlaneWork of() const {
    return std::is_same_v<T, double> ? of_double : of_float;
  }
};
/// Vector code, per instruction set; what depends on the dtype is compiled once.
struct MaxPoolWorks {
  FloatWorks values, placed;
  PlaneWork taps_backward = nullptr;
};
struct AvgPoolWorks {
  FloatWorks forward, backward;
  PlaneWork squares = nullptr;
};
struct AdaptivePoolWorks {
  FloatWorks avg, avg_backward, max;
  void (*means)(const float* x, int64_t size, int64_t planes, float* y) = nullptr;
};

}  // namespace lampas::cpu
