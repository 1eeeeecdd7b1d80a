#include <cstring>

#include "backend/pointwise.h"
#include "backend/tiled_loop.h"

namespace lampas {
namespace {

// Bytes a thread's share of a contiguous copy is a multiple of.
constexpr int64_t kBlockBytes = 16384;
constexpr int64_t kLineBytes = 64;

/// One tile of a copy: packed if transposed, converted if need be, then written.
class CopyRunner {
 public:
  explicit CopyRunner(const TiledLoop& t) : t_(t) {}

  void operator()(char* const* memory, int64_t cols, int64_t rows) {
    const TileOperand &out = t_.operand[0], &in = t_.operand[1];
    cpu::Tile from{memory[1], in.col, in.row};
    const cpu::Tile to{memory[0], out.col, out.row};
    const bool in_rows = in.col == in.item;
    if (in.convert) {
      if (!in_rows) from = pack(from, raw_, in.item, cols, rows);
      const bool direct = out.col == out.item;
      const cpu::Tile converted = direct ? to : cpu::Tile{buffer_, out.item, cols * out.item};
      if (from.row == cols * in.item && converted.row == cols * out.item) {
        in.convert(from.data, converted.data, rows * cols);
      } else {
        for (int64_t r = 0; r < rows; ++r)
          in.convert(from.data + r * from.row, converted.data + r * converted.row, cols);
      }
      if (direct) return;
      from = converted;
    } else if (in.staged && t_.transposed && in.col > kLineBytes) {
      // (Columns a line apart, as in images in blocks of channels, are read once and in order: nothing to gather.)
      from = pack(from, raw_, in.item, cols, rows);
    }
    cpu::tile_copy(out.item)(to, from, cols, rows);
  }

 private:
  static cpu::Tile pack(cpu::Tile from, char* buffer, int64_t item, int64_t cols, int64_t rows) {
    const cpu::Tile packed{buffer, item, cols * item};
    cpu::tile_copy(item)(packed, from, cols, rows);
    return packed;
  }

  const TiledLoop& t_;
  alignas(64) char raw_[kTileBytes];
  alignas(64) char buffer_[kTileBytes];
};

bool is_contiguous(const Operand& o, IntArrayRef shape) {
  int64_t expected = 1;
  for (int64_t d = static_cast<int64_t>(shape.size()) - 1; d >= 0; --d) {
    const int64_t size = shape[static_cast<size_t>(d)];
    if (size == 1) continue;
    if (o.strides[d] != expected) return false;
    expected *= size;
  }
  return true;
}

int64_t count_elements(IntArrayRef shape) {
  int64_t n = 1;
  for (int64_t s : shape) n *= s;
  return n;
}

/// f(byte offset, bytes) on ranges of whole blocks, in parallel when that pays.
template <class F>
void parallel_bytes(int64_t bytes, const F& f) {
  if (bytes <= cpu::kGrain * 8) return f(int64_t{0}, bytes);
  const int64_t blocks = (bytes + kBlockBytes - 1) / kBlockBytes;
  cpu::parallel_for(blocks, cpu::kGrain * 8 / kBlockBytes, [&](int64_t begin, int64_t end) {
    f(begin * kBlockBytes, std::min(bytes, end * kBlockBytes) - begin * kBlockBytes);
  });
}

void copy_bytes(char* dst, const char* src, int64_t bytes) {
  parallel_bytes(bytes, [&](int64_t at, int64_t n) { std::memcpy(dst + at, src + at, static_cast<size_t>(n)); });
}

}  // namespace

void run_copy(const Operand& out, const Operand& in, IntArrayRef shape) {
  const int64_t n = count_elements(shape);
  if (n <= 0) return;
  if (out.dtype == in.dtype && is_contiguous(out, shape) && is_contiguous(in, shape))
    return copy_bytes(static_cast<char*>(out.data), static_cast<const char*>(in.data),
                      n * static_cast<int64_t>(element_size(out.dtype)));
  const Operand operands[] = {out, in};
  const ScalarType compute[] = {out.dtype, out.dtype};
  const TiledLoop t(operands, compute, 2, 1, shape);
  t.run(1, [&] { return CopyRunner(t); });
}

void run_fill(const Operand& out, const void* value, IntArrayRef shape) {
  const int64_t n = count_elements(shape), item = static_cast<int64_t>(element_size(out.dtype));
  if (n <= 0) return;
  if (is_contiguous(out, shape)) {
    char* dst = static_cast<char*>(out.data);
    return parallel_bytes(
        n * item, [&](int64_t at, int64_t bytes) { cpu::copy_functions.fill(dst + at, value, item, bytes / item); });
  }
  const TiledLoop t(&out, nullptr, 1, 1, shape);
  t.run(1, [&] {
    return [&](char* const* memory, int64_t cols, int64_t rows) {
      const TileOperand& o = t.operand[0];
      if (o.col == o.item) {
        for (int64_t r = 0; r < rows; ++r) cpu::copy_functions.fill(memory[0] + r * o.row, value, item, cols);
      } else {
        cpu::tile_copy(item)({memory[0], o.col, o.row}, {static_cast<char*>(const_cast<void*>(value)), 0, 0}, cols,
                             rows);
      }
    };
  });
}

void convert(ScalarType from, const void* src, ScalarType to, void* dst, int64_t n) {
  if (n > 0) cpu::convert_fn(from, to)(src, dst, n);
}

}  // namespace lampas
