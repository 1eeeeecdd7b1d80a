#include "backend/strided_loop.h"

#include <cstdlib>
#include <utility>

namespace lampas {
namespace {

/// Whether dimension `a`, now inside of `b`, should be (-1), should not be (1), or may be (0) inside of it.
int compare_dims(const Operand* operands, int count, IntArrayRef shape, int64_t a, int64_t b) {
  for (int k = 0; k < count; ++k) {
    const int64_t sa = std::abs(operands[k].strides[a]), sb = std::abs(operands[k].strides[b]);
    if (sa == 0 || sb == 0) continue;  // a broadcast input has no opinion
    if (sa != sb) return sa < sb ? -1 : 1;
    if (shape[static_cast<size_t>(a)] > shape[static_cast<size_t>(b)]) return 1;
  }
  return 0;
}

}  // namespace

void StridedLoop::swap_dims(int a, int b) {
  std::swap(size[static_cast<size_t>(a)], size[static_cast<size_t>(b)]);
  for (int k = 0; k < count; ++k)
    std::swap(strides[static_cast<size_t>(a * count + k)], strides[static_cast<size_t>(b * count + k)]);
}

StridedLoop make_strided_loop(const Operand* operands, int count, IntArrayRef shape) {
  SmallVector<int64_t, 6> order;  // innermost first
  for (int64_t d = static_cast<int64_t>(shape.size()) - 1; d >= 0; --d)
    if (shape[static_cast<size_t>(d)] != 1) order.push_back(d);
  for (size_t i = 1; i < order.size(); ++i) {
    size_t at = i;
    for (size_t j = i; j-- > 0;) {
      const int c = compare_dims(operands, count, shape, order[j], order[at]);
      if (c > 0) {
        std::swap(order[j], order[at]);
        at = j;
      } else if (c < 0) {
        break;
      }
    }
  }
  StridedLoop loop;
  loop.count = count;
  for (int64_t d : order) {
    const int64_t n = shape[static_cast<size_t>(d)];
    int64_t bytes[kMaxOperands];
    bool merge = !loop.size.empty();
    for (int k = 0; k < count; ++k) {
      bytes[k] = operands[k].strides[d] * static_cast<int64_t>(element_size(operands[k].dtype));
      if (merge) merge = bytes[k] == loop.stride(loop.rank() - 1, k) * loop.size.back();
    }
    if (merge) {
      loop.size.back() *= n;
      continue;
    }
    loop.size.push_back(n);
    for (int k = 0; k < count; ++k) loop.strides.push_back(bytes[k]);
  }
  if (loop.size.empty()) {  // one element
    loop.size.push_back(1);
    for (int k = 0; k < count; ++k) loop.strides.push_back(static_cast<int64_t>(element_size(operands[k].dtype)));
  }
  return loop;
}

}  // namespace lampas
