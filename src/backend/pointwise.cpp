#include "backend/pointwise.h"

#include "backend/tiled_loop.h"

namespace lampas {
namespace {

// Elements a thread's share of a contiguous loop is a multiple of: whole pages, so that threads never share a cache
// line.
constexpr int64_t kDenseBlock = 4096;

/// One tile: inputs into buffers, the kernel, buffers into outputs.
class TileRunner {
 public:
  TileRunner(const TiledLoop& t, PointwiseFn* fn, const void* params) : t_(t), fn_(fn), params_(params) {}

  void operator()(char* const* memory, int64_t cols, int64_t rows) {
    char* data[kMaxOperands];
    int64_t step[kMaxOperands], pitch[kMaxOperands];
    bool flat = true;  // the whole tile is one run
    for (int k = 0; k < t_.count; ++k) {
      const TileOperand& o = t_.operand[k];
      data[k] = o.staged ? buffer_[k] : memory[k];
      step[k] = o.col == 0 && !o.expand ? 0 : o.compute_item;
      if (!o.staged)
        pitch[k] = o.row;
      else if (step[k] != 0)
        pitch[k] = cols * o.compute_item;
      else
        pitch[k] = o.row == 0 ? 0 : o.compute_item;
      flat = flat && pitch[k] == (step[k] == 0 ? 0 : cols * o.compute_item);
      if (o.staged && k >= t_.outputs) load(k, memory[k], step[k] == 0 ? 1 : cols, pitch[k] == 0 ? 1 : rows);
    }
    if (flat || rows == 1) {
      fn_(data, step, rows * cols, params_);
    } else {
      char* row[kMaxOperands];
      for (int k = 0; k < t_.count; ++k) row[k] = data[k];
      for (int64_t r = 0; r < rows; ++r) {
        fn_(row, step, cols, params_);
        for (int k = 0; k < t_.count; ++k) row[k] += pitch[k];
      }
    }
    for (int k = 0; k < t_.outputs; ++k)
      if (t_.operand[k].staged) store(k, memory[k], cols, rows);
  }

 private:
  void load(int k, char* memory, int64_t cols, int64_t rows) {
    const TileOperand& o = t_.operand[k];
    if (o.row == 0) {  // a repeated row may still be there from the tile before
      if (held_[k].memory == memory && held_[k].cols == cols && held_[k].rows >= rows) return;
      held_[k] = {memory, cols, rows};
    }
    if (!o.convert) {
      cpu::tile_copy(o.item)({buffer_[k], o.item, cols * o.item}, {memory, o.col, o.row}, cols, rows);
    } else if (rows == 1 && (cols == 1 || o.col == o.item)) {
      o.convert(memory, buffer_[k], cols);
    } else {
      cpu::tile_copy(o.item)({raw_, o.item, cols * o.item}, {memory, o.col, o.row}, cols, rows);
      o.convert(raw_, buffer_[k], rows * cols);
    }
  }
  void store(int k, char* memory, int64_t cols, int64_t rows) {
    const TileOperand& o = t_.operand[k];
    const char* from = buffer_[k];
    if (o.convert) {
      if (rows == 1 && o.col == o.item) return o.convert(from, memory, cols);
      o.convert(from, raw_, rows * cols);
      from = raw_;
    }
    cpu::tile_copy(o.item)({memory, o.col, o.row}, {const_cast<char*>(from), o.item, cols * o.item}, cols, rows);
  }

  struct Held {
    const char* memory = nullptr;
    int64_t cols = 0, rows = 0;
  };

  const TiledLoop& t_;
  PointwiseFn* fn_;
  const void* params_;
  Held held_[kMaxOperands];
  alignas(64) char buffer_[kMaxOperands][kTileBytes];
  alignas(64) char raw_[kTileBytes];
};

__attribute__((noinline)) void run_tiled(PointwiseFn* fn, const Operand* operands, const ScalarType* compute, int count,
                                         IntArrayRef shape, const void* params, int cost, int outputs) {
  const TiledLoop t(operands, compute, count, outputs, shape);
  t.run(cost, [&] { return TileRunner(t, fn, params); });
}

__attribute__((noinline)) void run_dense(PointwiseFn* fn, char* const* data, const int64_t* strides, int count,
                                         int64_t n, const void* params, int cost) {
  const int64_t blocks = (n + kDenseBlock - 1) / kDenseBlock;
  cpu::parallel_for(blocks, std::max<int64_t>(1, cpu::kGrain / cost / kDenseBlock), [&](int64_t begin, int64_t end) {
    char* at[kMaxOperands];
    for (int k = 0; k < count; ++k) at[k] = data[k] + begin * kDenseBlock * strides[k];
    fn(at, strides, std::min(n, end * kDenseBlock) - begin * kDenseBlock, params);
  });
}

/// True if the operand is one repeated element.
bool is_repeated(const int64_t* strides, const int64_t* size, int64_t rank) {
  for (int64_t d = 0; d < rank; ++d)
    if (size[d] != 1 && strides[d] != 0) return false;
  return true;
}

/// Rows whose elements are adjacent, or repeated, in every operand (a bias, a column): short ones are not worth a plan,
/// long ones need none. False if not so.
bool run_rows(PointwiseFn* fn, const Operand* operands, int count, const int64_t* size, const void* params, int cost,
              int outputs) {
  char* base[kMaxOperands];
  int64_t strides[kMaxOperands], pitch[kMaxOperands];
  bool column = false;
  for (int k = 0; k < count; ++k) {
    const int64_t item = static_cast<int64_t>(element_size(operands[k].dtype)), s = operands[k].strides[1];
    if (s != 1 && (s != 0 || k < outputs)) return false;
    column = column || s == 0;
    base[k] = static_cast<char*>(operands[k].data);
    strides[k] = s * item;
    pitch[k] = operands[k].strides[0] * item;
  }
  // Several rows of this length at once, their bias written out for all of them, are faster by a fifth.
  if (!column && size[1] >= 128 && size[1] < kShortRepeatedRow) return false;
  const auto rows = [&](int64_t begin, int64_t end) {
    char* row[kMaxOperands];
    for (int k = 0; k < count; ++k) row[k] = base[k] + begin * pitch[k];
    for (int64_t r = begin; r < end; ++r) {
      fn(row, strides, size[1], params);
      for (int k = 0; k < count; ++k) row[k] += pitch[k];
    }
  };
  const int64_t row_cost = size[1] * cost;
  if (size[0] * row_cost <= cpu::kGrain)
    rows(0, size[0]);
  else
    cpu::parallel_for(size[0], std::max<int64_t>(1, cpu::kGrain / row_cost), rows);
  return true;
}

}  // namespace

// The usual call has every operand contiguous, or one repeated element: one call of `fn`, for which the tests are kept
// short.
void run_pointwise(PointwiseFn* fn, const Operand* operands, int count, IntArrayRef shape, const void* params, int cost,
                   int outputs) {
  constexpr int64_t kFastRank = 6;
  const int64_t rank = static_cast<int64_t>(shape.size());
  const int64_t* size = shape.data();
  int64_t contiguous[kFastRank], n = 1;
  bool dense = rank <= kFastRank;
  for (int64_t d = rank - 1; d >= 0; --d) {
    if (dense) contiguous[d] = n;
    n *= size[d];
  }
  if (n <= 0) return;
  char* data[kMaxOperands];
  int64_t strides[kMaxOperands];
  for (int k = 0; k < count && dense; ++k) {
    const int64_t* s = operands[k].strides;
    data[k] = static_cast<char*>(operands[k].data);
    strides[k] = static_cast<int64_t>(element_size(operands[k].dtype));
    for (int64_t d = 0; d < rank; ++d) {
      if (s[d] == contiguous[d] || size[d] == 1) continue;
      strides[k] = 0;
      dense = k >= outputs && is_repeated(s, size, rank);
      break;
    }
  }
  if (LAMPAS_LIKELY(dense)) {
    if (n * cost <= cpu::kGrain) return fn(data, strides, n, params);
    return run_dense(fn, data, strides, count, n, params, cost);
  }
  if (rank == 2 && size[1] >= (n <= 512 ? 4 : 128) && run_rows(fn, operands, count, size, params, cost, outputs))
    return;
  run_tiled(fn, operands, nullptr, count, shape, params, cost, outputs);
}

void run_pointwise_cast(PointwiseFn* fn, const Operand* operands, const ScalarType* compute, int count,
                        IntArrayRef shape, const void* params, int cost, int outputs) {
  bool same = true;
  for (int k = 0; k < count; ++k) same = same && operands[k].dtype == compute[k];
  if (same) return run_pointwise(fn, operands, count, shape, params, cost, outputs);
  for (int64_t s : shape)
    if (s == 0) return;
  run_tiled(fn, operands, compute, count, shape, params, cost, outputs);
}

}  // namespace lampas
