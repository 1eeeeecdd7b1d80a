#include "backend/reduce.h"

#include <algorithm>
#include <numeric>

#include "backend/cpu/parallel.h"
#include "lampas/backend/cpu/allocator.h"
#include "lampas/base/error.h"

namespace lampas {

namespace {

constexpr int kMaxDims = 64;

void append_merged(SmallVector<ReduceDim, 6>& dims, const ReduceDim& d) {
  if (!dims.empty()) {
    ReduceDim& last = dims.back();
    if (d.in_stride == last.in_stride * last.size && d.out_stride == last.out_stride * last.size) {
      last.size *= d.size;
      return;
    }
  }
  dims.push_back(d);
}

/// Smallest stride first; broadcast dimensions (stride 0) last, as nothing is gained from walking them first.
void sort_and_merge(SmallVector<ReduceDim, 6>& dims) {
  const auto key = [](const ReduceDim& d) { return d.in_stride == 0 ? INT64_MAX : std::abs(d.in_stride); };
  std::stable_sort(dims.begin(), dims.end(), [&](const ReduceDim& a, const ReduceDim& b) { return key(a) < key(b); });
  SmallVector<ReduceDim, 6> merged;
  for (const ReduceDim& d : dims) append_merged(merged, d);
  dims = merged;
}

}  // namespace

ReducePlan plan_reduction(IntArrayRef sizes, IntArrayRef strides, IntArrayRef dims, bool ordered) {
  const int rank = static_cast<int>(sizes.size());
  check(rank <= kMaxDims, "reduction: at most 64 dimensions are supported, got ", rank);
  uint64_t mask = 0;
  for (int64_t d : dims) mask |= uint64_t{1} << d;
  ReducePlan plan;
  for (int d = rank - 1; d >= 0; --d) {  // innermost first
    const bool reduce = mask >> d & 1;
    const int64_t out_stride = reduce ? 0 : plan.kept;
    // Unsigned: of an empty input the other sizes' product may be too large for any number.
    int64_t& count = reduce ? plan.reduced : plan.kept;
    count = static_cast<int64_t>(static_cast<uint64_t>(count) * static_cast<uint64_t>(sizes[d]));
    if (sizes[d] != 1) (reduce ? plan.reduced_dims : plan.kept_dims).push_back({sizes[d], strides[d], out_stride});
  }
  if (plan.kept == 0 || plan.reduced == 0) return plan;
  if (plan.kept_dims.size() > 1) sort_and_merge(plan.kept_dims);
  if (plan.reduced_dims.size() > 1) {
    if (ordered) {
      SmallVector<ReduceDim, 6> merged;
      for (const ReduceDim& d : plan.reduced_dims) append_merged(merged, d);
      plan.reduced_dims = merged;
    } else {
      sort_and_merge(plan.reduced_dims);
    }
  }
  return plan;
}

ReducePlan plan_reduction(const DimSpan& s) {
  ReducePlan plan;
  plan.kept = s.outer * s.inner;
  plan.reduced = s.size;
  if (s.inner != 1) plan.kept_dims.push_back({s.inner, 1, 1});
  if (s.outer != 1) plan.kept_dims.push_back({s.outer, s.size * s.inner, s.inner});
  if (s.size != 1) plan.reduced_dims.push_back({s.size, s.inner, 0});
  return plan;
}

namespace {

// All of these shape the result's rounding; none may depend on the number of threads.
constexpr int64_t kMaxRows = 64;        // rows reduced in one block
constexpr int64_t kFoldedColumns = 64;  // narrower matrices are reduced as if several rows were one
constexpr int64_t kFewBlocks = 16;     // fewer blocks than this (or two a chunk) are split along the reduced dimensions
constexpr int64_t kMaxTasks = 128;     // into at most this many tasks
constexpr int64_t kChunk = 32768;      // of at least this many elements
constexpr int64_t kTallColumns = 128;  // and rows, where each has accumulators for many columns

// A thread's share of the tasks is at least this much of the input: a core sums 256 KiB in its near cache while
// another one is called.
constexpr int64_t kShareBytes = 262144;
constexpr int64_t kScatteredCost = 4;  // of elements that are not neighbours

/// 64-byte aligned memory: on the stack while it is little.
class Scratch {
 public:
  explicit Scratch(int64_t bytes) : bytes_(bytes > int64_t{sizeof(local_)} ? bytes : 0) {
    data_ = bytes_ ? cpu::allocate(static_cast<size_t>(bytes_)) : local_;
  }
  ~Scratch() {
    if (bytes_) cpu::deallocate(data_, static_cast<size_t>(bytes_));
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  void* data() const { return data_; }

 private:
  int64_t bytes_;
  void* data_;
  alignas(64) char local_[8192];
};

/// The indices [begin, end) of reduced dimension `dim` (all of the others); dim -1: everything.
struct Part {
  int dim = -1;
  int64_t begin = 0, end = 0;
};

class Reducer {
 public:
  Reducer(const ReducePlan& plan, const ReduceFns& fns, const void* in, int64_t item, void* const* out,
          const void* params)
      : plan_(plan), fns_(fns), in_(static_cast<const char*>(in)), item_(item), out_(out), params_(params) {
    const bool rows = !plan.kept_dims.empty(), reduces = !plan.reduced_dims.empty();
    width_ = rows ? plan.kept_dims[0].size : 1;
    next_ = rows ? plan.kept_dims[0].in_stride : 0;
    step_ = reduces ? plan.reduced_dims[0].in_stride : 0;
    columns_ = rows && next_ != 0 && (step_ == 0 || std::abs(next_) < std::abs(step_));
    // Rows that lie closer together than what else is reduced are walked side by side: in the order of memory.
    adjacent_ = rows && !columns_ && plan.reduced_dims.size() > 1 && next_ < plan.reduced_dims.back().in_stride;
    block_ = columns_    ? kMaxReduceColumns
             : adjacent_ ? kMaxRows
                         : std::clamp<int64_t>(cpu::kGrain / plan.reduced, 1, kMaxRows);
    // Whole rows in smaller blocks keep as many threads busy as parts of rows do.
    few_ = std::min(kFewBlocks, 2 * (plan.kept * plan.reduced / kChunk));
    if (!columns_ && !adjacent_ && plan.kept * plan.reduced >= 2 * kChunk)
      block_ = std::min(block_, std::max<int64_t>(1, plan.kept / few_));
    block_ = std::min(block_, width_);
    if (columns_ && !fns.positions && next_ == 1 && step_ == width_ && width_ < kFoldedColumns) {
      const int64_t whole = 16 / std::gcd(width_, int64_t{16});  // rows that fill whole vectors
      fold_ = whole * std::max<int64_t>(1, 2 * kFoldedColumns / (whole * width_));
    }
    blocks_per_row_ = (width_ + block_ - 1) / block_;
    blocks_ = plan.kept / width_ * blocks_per_row_;
    const int64_t cost = fns.cost * (next_ == 1 || step_ == 1 ? 1 : kScatteredCost);
    share_ = std::max<int64_t>(1, kShareBytes / cost / std::max<int64_t>(item, sizeof(float)));
  }

  void run() {
    const int64_t total = plan_.kept * plan_.reduced;
    int64_t chunks = 1;
    Part cut;
    if (blocks_ < few_ && total >= 2 * kChunk) {
      for (int d = adjacent_ ? 1 : 0; d < static_cast<int>(plan_.reduced_dims.size()); ++d)
        if (plan_.reduced_dims[d].size >= cut.end) cut = {d, 0, plan_.reduced_dims[d].size};
      chunks = std::min({total / kChunk, kMaxTasks / blocks_, cut.end});
      if (columns_ && cut.dim == 0) chunks = std::min(chunks, std::max<int64_t>(1, cut.end / kTallColumns));
    }
    if (chunks > 1) {
      run_chunks(chunks, cut);
    } else {
      const int64_t work = std::max<int64_t>(1, std::min(block_, plan_.kept) * plan_.reduced);
      const int64_t grain = std::max<int64_t>(1, share_ / work);
      if (blocks_ <= grain)
        run_blocks(0, blocks_);
      else
        cpu::parallel_for(blocks_, grain, [&](int64_t begin, int64_t end) { run_blocks(begin, end); });
    }
  }

 private:
  /// Accumulators `i * next` and results of block b.
  struct Block {
    int64_t in, out, n;
  };
  Block block(int64_t b) const {
    const int64_t first = b % blocks_per_row_ * block_;
    int64_t row = b / blocks_per_row_;
    Block r{first * next_, plan_.kept_dims.empty() ? 0 : first * plan_.kept_dims[0].out_stride,
            std::min(block_, width_ - first)};
    for (size_t d = 1; d < plan_.kept_dims.size(); ++d) {
      const ReduceDim& dim = plan_.kept_dims[d];
      const int64_t i = row % dim.size;
      row /= dim.size;
      r.in += i * dim.in_stride;
      r.out += i * dim.out_stride;
    }
    return r;
  }

  void take_run(const ReduceRun& r, Accumulators a) const {
    (columns_ ? fns_.take_columns : fns_.take_rows)(r, a, params_);
  }
  void take_folded(ReduceRun r, Accumulators a) const {
    const int64_t wide = r.length / fold_, rest = r.length % fold_;
    if (wide) take_run({r.in, r.n * fold_, 1, wide, r.step * fold_, r.first}, a);
    r.in = static_cast<const char*>(r.in) + wide * fold_ * r.step * item_;
    r.length = rest;
    if (rest) take_run(r, a);
  }

  /// Initialises a and feeds it the elements of `part` for one block.
  void reduce(const Block& b, Part part, Accumulators a) const {
    fns_.init(a, accumulators());
    const auto& dims = plan_.reduced_dims;
    const int rank = static_cast<int>(dims.size());
    int64_t index[kMaxDims], offset = b.in, first = 0, weight = 1, length = 1;
    if (rank) length = part.dim == 0 ? part.end - part.begin : dims[0].size;
    for (int d = 0; d < rank; ++d) {
      if (d == part.dim) {
        offset += part.begin * dims[d].in_stride;
        first += part.begin * weight;
      }
      weight *= dims[d].size;
      index[d] = 0;
    }
    for (;;) {
      const ReduceRun r{in_ + offset * item_, b.n, next_, length, step_, first};
      if (fold_ > 1)
        take_folded(r, a);
      else
        take_run(r, a);
      weight = rank ? dims[0].size : 1;
      int d = 1;
      for (; d < rank; ++d) {
        offset += dims[d].in_stride;
        first += weight;
        const int64_t size = d == part.dim ? part.end - part.begin : dims[d].size;
        if (++index[d] < size) break;
        index[d] = 0;
        offset -= size * dims[d].in_stride;
        first -= size * weight;
        weight *= dims[d].size;
      }
      if (d >= rank) break;
    }
    for (int64_t k = 1; k < fold_; ++k) fns_.combine(a, a.at(k * b.n), b.n);
  }

  void finish(const Block& b, Accumulators a) const {
    const int64_t stride = plan_.kept_dims.empty() ? 1 : plan_.kept_dims[0].out_stride;
    fns_.finish(a, b.n, plan_.reduced, out_, b.out, stride, params_);
  }

  /// Padded to whole vectors, so that kernels may combine a neutral element into the lanes behind the last accumulator.
  int64_t accumulators() const { return (block_ * fold_ + 15) / 16 * 16; }

  void run_blocks(int64_t begin, int64_t end) const {
    Scratch scratch(accumulators() * fns_.fields * 8);
    const Accumulators a{scratch.data(), accumulators(), 0};
    for (int64_t i = begin; i < end; ++i) {
      const Block b = block(i);
      reduce(b, Part{}, a);
      finish(b, a);
    }
  }

  void run_chunks(int64_t chunks, const Part& cut) const {
    int64_t length = (cut.end + chunks - 1) / chunks;
    if (cut.dim == 0 && !columns_ && length > 1024) length = (length + 1023) / 1024 * 1024;
    chunks = (cut.end + length - 1) / length;  // lengths were rounded up: the threads' shares are to be even
    const int64_t tasks = chunks * blocks_, bytes = (accumulators() * fns_.fields * 8 + 63) / 64 * 64;
    Scratch scratch(tasks * bytes);
    const auto accumulators_of = [&](int64_t task) {
      return Accumulators{static_cast<char*>(scratch.data()) + task * bytes, accumulators(), 0};
    };
    const int64_t grain = std::max<int64_t>(1, share_ * tasks / (plan_.kept * plan_.reduced));
    cpu::parallel_for(tasks, grain, [&](int64_t begin, int64_t end) {
      for (int64_t t = begin; t < end; ++t) {
        const int64_t first = t / blocks_ * length;
        reduce(block(t % blocks_), {cut.dim, first, std::min(first + length, cut.end)}, accumulators_of(t));
      }
    });
    for (int64_t i = 0; i < blocks_; ++i) {
      const Block b = block(i);
      const Accumulators a = accumulators_of(i);
      for (int64_t c = 1; c < chunks; ++c) fns_.combine(a, accumulators_of(c * blocks_ + i), b.n);
      finish(b, a);
    }
  }

  const ReducePlan& plan_;
  const ReduceFns& fns_;
  const char* in_;
  int64_t item_;
  void* const* out_;
  const void* params_;
  int64_t width_, next_, step_;  // innermost kept dimension: size, stride; stride of the innermost reduced one
  int64_t share_;                // elements, see kShareBytes
  int64_t block_, few_, fold_ = 1, blocks_per_row_ = 1, blocks_ = 1;
  bool columns_, adjacent_;
};

}  // namespace

void run_reduction(const ReducePlan& plan, const ReduceFns& fns, const void* in, int64_t item, void* const out[2],
                   const void* params) {
  if (plan.kept == 0) return;
  if (plan.reduced == 0) {
    Scratch scratch(kMaxRows * fns.fields * 8);
    const Accumulators a{scratch.data(), kMaxRows, 0};
    for (int64_t i = 0; i < plan.kept; i += kMaxRows) {
      const int64_t n = std::min(kMaxRows, plan.kept - i);
      fns.init(a, n);
      fns.finish(a, n, 0, out, i, 1, params);
    }
    return;
  }
  Reducer(plan, fns, in, item, out, params).run();
}

}  // namespace lampas
