#include <cstring>

#include "backend/cpu/stream.h"
#include "backend/pointwise.h"
#include "backend/tiled_loop.h"

namespace lampas {
namespace {

// Bytes a thread's share of a contiguous copy is a multiple of.
constexpr int64_t kBlockBytes = 16384;
constexpr int64_t kFillGrain = cpu::kGrain * 4;  // bytes

// Rows a multiple of this apart fall into two sets of the L1 cache, or one.
constexpr int64_t kAliasingPitch = 2048;

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
    } else if (in.staged && t_.transposed && in.col > cpu::kLine && out.row % kAliasingPitch == 0) {
      // Rows of the result would keep evicting one another's lines before these are full. (Columns a line apart, as in
      // images in blocks of channels, are read once and in order: nothing to gather.)
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
  alignas(64) char raw_[kOnlyTileBytes];
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

/// f(byte offset, bytes) on ranges of whole blocks, each of at least `grain` bytes, in parallel when that pays.
template <class F>
void parallel_bytes(int64_t bytes, int64_t grain, const F& f) {
  if (bytes <= grain) return f(int64_t{0}, bytes);
  const int64_t blocks = (bytes + kBlockBytes - 1) / kBlockBytes;
  cpu::parallel_for(blocks, grain / kBlockBytes, [&](int64_t begin, int64_t end) {
    f(begin * kBlockBytes, std::min(bytes, end * kBlockBytes) - begin * kBlockBytes);
  });
}

void copy_bytes(char* dst, const char* src, int64_t bytes) {
  constexpr int64_t kCopyGrain = cpu::kGrain * 4;
  if (cpu::on_lines(dst) && cpu::streams(2 * bytes)) {
    return parallel_bytes(bytes, kCopyGrain, [&](int64_t at, int64_t n) {
      cpu::copy_functions.stream(dst + at, src + at, n);
      cpu::stream_fence();
    });
  }
  parallel_bytes(bytes, kCopyGrain, [&](int64_t at, int64_t n) { cpu::copy_functions.row(dst + at, src + at, n); });
}

/// A conversion of contiguous memory as a kernel: `params` is the address of the ConvertFn. Results in the L2 cache are
/// asked for a piece ahead.
void convert_elements(char* const* data, const int64_t* strides, int64_t n, const void* params) {
  cpu::ConvertFn* const convert = *static_cast<cpu::ConvertFn* const*>(params);
  const int64_t piece = stores_wait(n) ? 512 : n;
  for (int64_t i = 0; i < n; i += piece) {
    char* to = data[0] + i * strides[0];
    if (piece < n)
      for (int64_t b = 0; b < piece * strides[0]; b += cpu::kLine)
        __builtin_prefetch(to + piece * strides[0] + b, 1, 3);
    convert(data[1] + i * strides[1], to, std::min(piece, n - i));
  }
}

/// Tiles of a transpose of more than the second-level cache holds, in blocks. What limits it is how many lines are
/// under way, which is most where a page is asked for four lines in a row (for one: a quarter of the speed), those to
/// be written, too, unless they are streamed: so while one block is moved, the lines of the next are asked for like
/// that.
class FarTransposer {
 public:
  FarTransposer(const TiledLoop& t, bool streamed)
      : t_(t),
        streamed_(streamed),
        item_(t.operand[0].item),
        part_(cpu::copy_functions.transpose_part[streamed][__builtin_ctzll(static_cast<uint64_t>(item_))]) {}

  void operator()(char* const* memory, int64_t cols, int64_t rows) const {
    const cpu::Tile to{memory[0], item_, t_.operand[0].row}, from{memory[1], t_.operand[1].col, item_};
    const int64_t block = cpu::kFarBlock / item_;
    for (int64_t c = 0; c < cols; c += block)
      for (int64_t r = 0; r < rows; r += block) {
        const int64_t width = std::min(block, cols - c), height = std::min(block, rows - r);
        const Tiles t = at(to, from, r, c);
        if (width < block || height < block)
          cpu::tile_copy(item_)(t.to, t.from, width, height);
        else if (r + 2 * block <= rows || c + 2 * block > cols)  // below, or where the tile below starts
          move_block(t, at(to, from, r + block, r + 2 * block <= rows ? c : 0));
        else
          move_block(t, at(to, from, 0, c + block));
      }
    if (streamed_) cpu::stream_fence();
  }

 private:
  struct Tiles {
    cpu::Tile to, from;
  };
  static Tiles at(const cpu::Tile& to, const cpu::Tile& from, int64_t r, int64_t c) {
    return {{to.data + r * to.row + c * to.col, to.col, to.row},
            {from.data + r * from.row + c * from.col, from.col, from.row}};
  }
  void move_block(const Tiles& t, const Tiles& next) const {
    const int64_t block = cpu::kFarBlock / item_, parts = (block / part_.cols) * (block / part_.rows);
    int64_t moved = 0, asked = 0;
    for (int64_t r = 0; r < block; r += part_.rows)
      for (int64_t c = 0; c < block; c += part_.cols) {
        for (++moved; asked * parts < moved * block; ++asked) {
          const char *from = next.from.data + asked * t.from.col, *to = next.to.data + asked * t.to.row;
          for (int64_t b = 0; b < cpu::kFarBlock; b += cpu::kLine) __builtin_prefetch(from + b, 0, 2);
          if (!streamed_)
            for (int64_t b = 0; b < cpu::kFarBlock; b += cpu::kLine) __builtin_prefetch(to + b, 1);
        }
        part_.move(t.to.data + r * t.to.row + c * item_, t.to.row, t.from.data + r * item_ + c * t.from.col,
                   t.from.col);
      }
  }

  const TiledLoop& t_;
  bool streamed_;
  int64_t item_;
  const cpu::TransposePart& part_;
};

/// A transpose of more than the second-level cache holds; streamed if it is of more than the caches hold and lines of
/// the result start cache lines. False if it is not one.
bool transpose_far(TiledLoop& t) {
  constexpr int64_t kNearBytes = 1 << 21, kStreamedRows = 2048;
  const TileOperand &out = t.operand[0], &in = t.operand[1];
  if (!t.transposed || in.convert || out.item > 8 || out.col != out.item || in.row != in.item) return false;
  const int64_t bytes = 2 * t.numel * out.item, block = cpu::kFarBlock / out.item;
  if (std::min(t.loop.size[0], t.loop.size[1]) < block || !cpu::copy_functions.stream) return false;
  bool streamed = cpu::streams(bytes) && cpu::on_lines(out.data);
  for (int d = 1; d < t.loop.rank(); ++d) streamed = streamed && cpu::on_lines(nullptr, t.loop.stride(d, 0));
  if (bytes <= kNearBytes && !streamed) return false;
  // Along the result; streamed, along the source, to read whole pages.
  if (streamed)
    t.set_tile(block, std::min(t.loop.size[1], kStreamedRows));
  else
    t.set_tile(t.loop.size[0], t.loop.size[1] < 2 * block ? t.loop.size[1] : block);
  t.band_tiles = t.row_tiles;
  t.run(1, [&] { return FarTransposer(t, streamed); });
  return true;
}

}  // namespace

void run_copy(const Operand& out, const Operand& in, IntArrayRef shape) {
  const int64_t n = count_elements(shape);
  if (n <= 0) return;
  const Operand operands[] = {out, in};
  if (is_contiguous(out, shape) && is_contiguous(in, shape)) {
    if (out.dtype == in.dtype)
      return copy_bytes(static_cast<char*>(out.data), static_cast<const char*>(in.data),
                        n * static_cast<int64_t>(element_size(out.dtype)));
    cpu::ConvertFn* const convert = cpu::convert_fn(in.dtype, out.dtype);
    const int64_t step = 1;
    const Operand flat[] = {{out.data, &step, out.dtype}, {in.data, &step, in.dtype}};
    return run_pointwise(convert_elements, flat, 2, IntArrayRef(&n, 1), &convert);
  }
  const ScalarType compute[] = {out.dtype, out.dtype};
  TiledLoop t(operands, compute, 2, 1, shape);
  if (transpose_far(t)) return;
  t.run(1, [&] { return CopyRunner(t); });
}

void run_join(void* out, const JoinPart* parts, int64_t count, int64_t rows) {
  char* dst = static_cast<char*>(out);
  int64_t width = 0, read = 0;
  bool streamed = cpu::on_lines(out);
  for (int64_t k = 0; k < count; ++k) {
    width += parts[k].bytes;
    if (k == 0 || parts[k].data != parts[k - 1].data) read += parts[k].bytes;
    streamed = streamed && parts[k].bytes % cpu::kLine == 0;
  }
  if (width == 0) return;
  streamed = streamed && cpu::streams((read + width) * rows);
  // Each row or, where there is but one, a part of it.
  const auto write = [&](int64_t r, int64_t begin, int64_t end) {
    int64_t at = 0;
    for (int64_t k = 0; k < count && at < end; at += parts[k].bytes, ++k) {
      const int64_t from = std::max<int64_t>(begin - at, 0), n = std::min(parts[k].bytes, end - at) - from;
      if (n <= 0) continue;
      char* to = dst + r * width + at + from;
      const char* source = static_cast<const char*>(parts[k].data) + r * parts[k].bytes + from;
      if (streamed)
        cpu::copy_functions.stream(to, source, n);
      else
        cpu::copy_functions.row(to, source, n);
    }
  };
  if (rows == 1)
    parallel_bytes(width, kFillGrain, [&](int64_t at, int64_t n) {
      write(0, at, at + n);
      if (streamed) cpu::stream_fence();
    });
  else
    cpu::parallel_for(rows, std::max<int64_t>(1, cpu::kGrain * 8 / width), [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) write(r, 0, width);
      if (streamed) cpu::stream_fence();  // by the thread that wrote
    });
}

void run_fill(const Operand& out, const void* value, IntArrayRef shape) {
  const int64_t n = count_elements(shape), item = static_cast<int64_t>(element_size(out.dtype));
  if (n <= 0) return;
  if (is_contiguous(out, shape)) {
    char* dst = static_cast<char*>(out.data);
    return parallel_bytes(n * item, kFillGrain, [&](int64_t at, int64_t bytes) {
      cpu::copy_functions.fill(dst + at, value, item, bytes / item);
    });
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
