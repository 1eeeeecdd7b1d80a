// Folding with unit steps, each element once: what lands on a vector of neighbours is loaded tap by tap and summed in a
// register. Sums in float32, kernel positions in row-major order, as the general kernel does. NaN and inf propagate;
// values of blocks that land outside the plane are not read.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/fold_rows_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <algorithm>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/vec_io-inl.h"
#include "hwy/highway.h"
#include "ops/fold.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

#if HWY_TARGET == HWY_SCALAR
void fill_slots() { fold_unit_plane = nullptr; }
#else
void fold_plane(const FoldShape& s, const float* y, float* x) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d)), blocks = s.blocks[0] * s.blocks[1], wide = s.blocks[1];
  const auto lane = hn::Iota(di, 0);
  const auto place = [&](int64_t i)
                         HWY_ATTR { return hn::Set(di, static_cast<int32_t>(std::clamp<int64_t>(i, 0, lanes))); };
  for (int64_t r = 0; r < s.in[0]; ++r, x += s.in[1])
    for (int64_t c = 0; c < s.in[1]; c += lanes) {
      const int64_t n = std::min(lanes, s.in[1] - c);
      auto sum = hn::Zero(d);
      for (int64_t u = 0; u < s.kernel[0]; ++u) {
        const int64_t b = r + s.padding[0] - s.dilation[0] * u;
        if (b < 0 || b >= s.blocks[0]) continue;
        for (int64_t v = 0; v < s.kernel[1]; ++v) {
          const int64_t first = c + s.padding[1] - s.dilation[1] * v;  // block column of lane 0
          const float* from = y + (u * s.kernel[1] + v) * blocks + b * wide + first;
          if (first >= 0 && first + lanes <= wide) {
            sum = hn::Add(sum, hn::LoadU(d, from));
          } else if (first + n > 0 && first < wide) {
            const auto inside = hn::AndNot(hn::VecFromMask(di, hn::Lt(lane, place(-first))),
                                           hn::VecFromMask(di, hn::Lt(lane, place(std::min(n, wide - first)))));
            sum = hn::Add(sum, hn::MaskedLoad(hn::RebindMask(d, hn::MaskFromVec(inside)), d, from));
          }
        }
      }
      store_some(d, sum, x + c, n);
    }
}
void fill_slots() { fold_unit_plane = fold_plane; }
#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
