#include "backend/pointwise.h"

#include "backend/cpu/stream.h"
#include "backend/tiled_loop.h"

namespace lampas {
namespace {

// Elements a thread's share of a contiguous loop is a multiple of: whole pages, so that threads never share a cache
// line.
constexpr int64_t kDenseBlock = 4096;

// Bytes of an operand in one call of a streamed kernel: the more, the longer loads and streaming stores wait for one
// another instead of running side by side.
constexpr int64_t kStreamedBytes = 1024;
// From which a kernel is a long computation, in whose shadow the lines it writes are fetched: cut into pieces it would
// wait for its last results at the end of each, and lose more than streaming saves.
constexpr int kLongCost = 4;

/// A kernel whose results are streamed (backend/cpu/stream.h): it writes a piece at a time to a buffer in the L1 cache.
/// Whoever calls it fences once at the end: a fence waits for every line that is on its way.
class StreamedFn {
 public:
  /// Whether results are worth streaming and can be: `strides` as PointwiseFn has them, for n elements.
  static bool pays(char* const* data, const int64_t* strides, int count, int outputs, int64_t n, int cost) {
    if (cost >= kLongCost) return false;
    int64_t bytes[2] = {0, 0};  // of inputs, of outputs
    for (int k = 0; k < count; ++k) bytes[k < outputs] += strides[k] * n;
    if (LAMPAS_LIKELY(!cpu::streams(bytes[0], bytes[1]))) return false;
    for (int k = 0; k < outputs; ++k) {
      if (!cpu::on_lines(data[k])) return false;
      for (int j = outputs; j < count; ++j)
        if (data[k] == data[j]) return false;  // in place
    }
    return true;
  }
  StreamedFn(PointwiseFn* fn, int count, int outputs, const void* params)
      : fn_(fn), count_(count), outputs_(outputs), params_(params) {}

  void operator()(char* const* data, const int64_t* strides, int64_t n) const {
    alignas(64) char buffer[kMaxOperands][kStreamedBytes];
    const int64_t piece = kStreamedBytes / *std::max_element(strides, strides + count_);
    char* at[kMaxOperands];
    for (int k = 0; k < count_; ++k) at[k] = k < outputs_ ? buffer[k] : data[k];
    for (int64_t done = 0; done < n; done += piece) {
      const int64_t m = std::min(piece, n - done);
      fn_(at, strides, m, params_);
      for (int k = 0; k < outputs_; ++k)
        cpu::copy_functions.stream(data[k] + done * strides[k], buffer[k], m * strides[k]);
      for (int k = outputs_; k < count_; ++k) at[k] += m * strides[k];
    }
  }

 private:
  PointwiseFn* fn_;
  int count_, outputs_;
  const void* params_;
};

// From which tiles are fetched ahead: smaller operands lie in the L2 cache, where asking for them only costs time.
constexpr int64_t kAheadBytes = 1 << 23;

/// One tile: inputs into buffers, the kernel, buffers into outputs.
class TileRunner {
 public:
  TileRunner(const TiledLoop& t, PointwiseFn* fn, const void* params, int cost) : t_(t), fn_(fn), params_(params) {
    int64_t bytes[2] = {0, 0};  // of inputs, of outputs
    char* free = buffers_;
    for (int k = 0; k < t.count; ++k) {
      const TileOperand& o = t.operand[k];
      if (o.row != 0) bytes[k < t.outputs] += t.numel * o.item;
      buffer_[k] = free;
      if (o.staged) free += t.tile_bytes;
    }
    streamed_ = cost < kLongCost && cpu::streams(bytes[0], bytes[1]);
    ahead_ = t.transposed && t.cols < t.loop.size[0] && bytes[0] + bytes[1] >= kAheadBytes;
  }

  ~TileRunner() {
    if (streamed_) cpu::stream_fence();
  }
  TileRunner(const TileRunner&) = delete;

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
      if (streamed_ && streamable(data))
        StreamedFn(fn_, t_.count, t_.outputs, params_)(data, step, rows * cols);
      else
        fn_(data, step, rows * cols, params_);
    } else {
      bool streamed = streamed_ && streamable(data);
      for (int k = 0; k < t_.outputs; ++k) streamed = streamed && cpu::on_lines(nullptr, pitch[k]);
      const StreamedFn stream(fn_, t_.count, t_.outputs, params_);
      char* row[kMaxOperands];
      for (int k = 0; k < t_.count; ++k) row[k] = data[k];
      for (int64_t r = 0; r < rows; ++r) {
        if (ahead_) fetch_next(row, pitch, cols, rows);
        if (streamed)
          stream(row, step, cols);
        else
          fn_(row, step, cols, params_);
        for (int k = 0; k < t_.count; ++k) row[k] += pitch[k];
      }
    }
    for (int k = 0; k < t_.outputs; ++k)
      if (t_.operand[k].staged) store(k, memory[k], cols, rows);
  }

 private:
  /// Whether a tile's results go to memory, by lines, and to none that is read.
  bool streamable(char* const* data) const {
    for (int k = 0; k < t_.outputs; ++k) {
      if (t_.operand[k].staged || !cpu::on_lines(data[k])) return false;
      for (int j = t_.outputs; j < t_.count; ++j)
        if (data[j] == data[k]) return false;
    }
    return true;
  }
  /// Asks for a row of the tile that is next, to the right or below: rows of tiles lie too far apart, and are too
  /// short, for the processor's own prefetching. (Inlined, lest the compiler take a function that only asks for one
  /// that does nothing.)
  __attribute__((always_inline)) void fetch_next(char* const* row, const int64_t* pitch, int64_t cols,
                                                 int64_t rows) const {
    for (int k = streamed_ ? t_.outputs : 0; k < t_.count; ++k) {
      const TileOperand& o = t_.operand[k];
      if (o.staged || o.row == 0) continue;
      const int64_t bytes = cols * o.item;
      const char* next = row[k] + (t_.band_tiles == 1 ? bytes : rows * pitch[k]);
      if (k < t_.outputs)
        for (int64_t at = 0; at < bytes; at += cpu::kLine) __builtin_prefetch(next + at, 1, 2);
      else
        for (int64_t at = 0; at < bytes; at += cpu::kLine) __builtin_prefetch(next + at, 0, 2);
    }
  }
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
  bool streamed_, ahead_;
  char* buffer_[kMaxOperands];
  Held held_[kMaxOperands];
  alignas(64) char buffers_[kMaxOperands * kTileBytes];
  alignas(64) char raw_[kTileBytes];
};

__attribute__((noinline)) void run_tiled(PointwiseFn* fn, const Operand* operands, const ScalarType* compute, int count,
                                         IntArrayRef shape, const void* params, int cost, int outputs) {
  const TiledLoop t(operands, compute, count, outputs, shape);
  t.run(cost, [&] { return TileRunner(t, fn, params, cost); });
}

__attribute__((noinline)) void run_dense(PointwiseFn* fn, char* const* data, const int64_t* strides, int count,
                                         int outputs, int64_t n, const void* params, int cost) {
  const bool streamed = StreamedFn::pays(data, strides, count, outputs, n, cost);
  const int64_t blocks = (n + kDenseBlock - 1) / kDenseBlock;
  cpu::parallel_for(blocks, std::max<int64_t>(1, cpu::kGrain / cost / kDenseBlock), [&](int64_t begin, int64_t end) {
    char* at[kMaxOperands];
    for (int k = 0; k < count; ++k) at[k] = data[k] + begin * kDenseBlock * strides[k];
    const int64_t m = std::min(n, end * kDenseBlock) - begin * kDenseBlock;
    if (streamed) {
      StreamedFn(fn, count, outputs, params)(at, strides, m);
      cpu::stream_fence();
    } else
      fn(at, strides, m, params);
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
  bool streamed = StreamedFn::pays(base, strides, count, outputs, size[0] * size[1], cost);
  for (int k = 0; k < outputs; ++k) streamed = streamed && cpu::on_lines(nullptr, pitch[k]);
  const bool ahead = stores_wait(size[0] * size[1]) && outputs == 1;
  const auto rows = [&](int64_t begin, int64_t end) {
    char* row[kMaxOperands];
    for (int k = 0; k < count; ++k) row[k] = base[k] + begin * pitch[k];
    for (int64_t r = begin; r < end; ++r) {
      if (ahead)
        for (int64_t at = 0; at < size[1] * strides[0]; at += cpu::kLine)
          __builtin_prefetch(row[0] + pitch[0] + at, 1, 3);
      if (streamed)
        StreamedFn(fn, count, outputs, params)(row, strides, size[1]);
      else
        fn(row, strides, size[1], params);
      for (int k = 0; k < count; ++k) row[k] += pitch[k];
    }
    if (streamed) cpu::stream_fence();
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
    return run_dense(fn, data, strides, count, outputs, n, params, cost);
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
