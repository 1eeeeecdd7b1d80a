#include "backend/cpu/onednn.h"

#include <omp.h>

#include <algorithm>
#include <cstring>
#include <dnnl.hpp>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "backend/verbose.h"
#include "lampas/backend/cpu/allocator.h"
#include "lampas/backend/cpu/threads.h"
#include "lampas/base/error.h"

namespace lampas::cpu::onednn {
namespace {

using dnnl::memory;
using Dims = memory::dims;
using Tag = memory::format_tag;

dnnl::engine& engine() {
  static dnnl::engine e(dnnl::engine::kind::cpu, 0);
  return e;
}
dnnl::stream& stream() {
  thread_local dnnl::stream s(engine());
  return s;
}

/// oneDNN takes its thread count from OpenMP's per-thread setting; the caller's value comes back at the end of the
/// scope.
class ThreadScope {
 public:
  ThreadScope() : before_(omp_get_max_threads()), now_(omp_in_parallel() ? 1 : get_num_threads()) {
    if (now_ != before_) omp_set_num_threads(now_);
  }
  ~ThreadScope() {
    if (now_ != before_) omp_set_num_threads(before_);
  }
  ThreadScope(const ThreadScope&) = delete;
  ThreadScope& operator=(const ThreadScope&) = delete;
  int threads() const { return now_; }

 private:
  int before_, now_;
};

/// Memory from the library's allocator.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(size_t bytes) : data_(bytes ? allocate(bytes) : nullptr), bytes_(bytes) {}
  Buffer(Buffer&& o) noexcept : data_(std::exchange(o.data_, nullptr)), bytes_(o.bytes_) {}
  Buffer& operator=(Buffer&&) = delete;
  ~Buffer() {
    if (data_) deallocate(data_, bytes_);
  }
  void* data() const { return data_; }
  size_t bytes() const { return bytes_; }

 private:
  void* data_ = nullptr;
  size_t bytes_ = 0;
};

/// Bounded map that forgets what was used longest ago.
template <class Value>
class LruCache {
 public:
  explicit LruCache(size_t limit) : limit_(limit) {}
  std::shared_ptr<Value> find(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto it = index_.find(key);
    if (it == index_.end()) return nullptr;
    order_.splice(order_.begin(), order_, it->second);
    return it->second->value;
  }
  void insert(const std::string& key, std::shared_ptr<Value> value, size_t cost) {
    const std::lock_guard lock(mutex_);
    if (const auto it = index_.find(key); it != index_.end()) erase(it->second);
    order_.push_front({key, std::move(value), cost});
    index_[key] = order_.begin();
    used_ += cost;
    while (used_ > limit_ && order_.size() > 1) erase(std::prev(order_.end()));
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    order_.clear();
    index_.clear();
    used_ = 0;
  }
  std::pair<int64_t, int64_t> stats() {
    const std::lock_guard lock(mutex_);
    return {static_cast<int64_t>(order_.size()), static_cast<int64_t>(used_)};
  }

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<Value> value;
    size_t cost;
  };
  void erase(typename std::list<Entry>::iterator it) {
    used_ -= it->cost;
    index_.erase(it->key);
    order_.erase(it);
  }
  std::mutex mutex_;
  size_t limit_, used_ = 0;
  std::list<Entry> order_;
  std::unordered_map<std::string, typename std::list<Entry>::iterator> index_;
};

struct Primitive {
  dnnl::primitive run;
  memory::desc args[4];  // in the order of Kind's comment
  memory::desc scratch;
};
struct PackedWeight {
  uint64_t version;
  memory::desc desc;
  Buffer buffer;
};

// Leaked on purpose: worker threads may outlive static destruction.
LruCache<Primitive>& primitives() {
  static auto* c = new LruCache<Primitive>(512);
  return *c;
}
LruCache<PackedWeight>& packed_weights() {
  static auto* c = new LruCache<PackedWeight>(size_t{256} << 20);
  return *c;
}

template <class T>
void append_key(std::string& key, const T& v) {
  key.append(reinterpret_cast<const char*>(&v), sizeof v);
}

/// Which convolution, and what Primitive::args holds.
enum class Kind : char {
  Forward,  // x, weight, bias, y
  Input,    // dx, weight, bias, dy
  Weight,   // x, dweight, dbias, dy
};

std::string conv_key(Kind kind, const ConvShape& s, bool bias, int threads) {
  std::string key;
  key.reserve(sizeof(ConvShape) + 16);
  append_key(key, kind);
  append_key(key, bias);
  append_key(key, threads);
  append_key(key, s.dims);
  append_key(key, s.batch), append_key(key, s.in_channels), append_key(key, s.out_channels), append_key(key, s.groups);
  for (int d = 0; d < s.dims; ++d)
    for (int64_t v : {s.in[d], s.out[d], s.kernel[d], s.stride[d], s.padding[d], s.dilation[d]}) append_key(key, v);
  append_key(key, s.x_layout), append_key(key, s.y_layout);
  return key;
}

Tag image_tag(int dims, ImageLayout layout) {
  constexpr Tag first[] = {Tag::ncw, Tag::nchw, Tag::ncdhw}, last[] = {Tag::nwc, Tag::nhwc, Tag::ndhwc};
  return (layout == ImageLayout::ChannelsFirst ? first : last)[dims - 1];
}
Tag weight_tag(int dims, bool grouped) {
  constexpr Tag plain[] = {Tag::oiw, Tag::oihw, Tag::oidhw}, groups[] = {Tag::goiw, Tag::goihw, Tag::goidhw};
  return (grouped ? groups : plain)[dims - 1];
}

/// The caller's own formats of the four tensors.
struct ConvFormats {
  memory::desc x, weight, bias, y;
  explicit ConvFormats(const ConvShape& s) {
    constexpr auto f32 = memory::data_type::f32;
    Dims xd{s.batch, s.in_channels}, yd{s.batch, s.out_channels}, wd{s.out_channels, s.in_channels / s.groups};
    if (s.groups > 1) wd = {s.groups, s.out_channels / s.groups, s.in_channels / s.groups};
    for (int d = 0; d < s.dims; ++d) xd.push_back(s.in[d]), yd.push_back(s.out[d]), wd.push_back(s.kernel[d]);
    x = {xd, f32, image_tag(s.dims, s.x_layout)};
    y = {yd, f32, image_tag(s.dims, s.y_layout)};
    weight = {wd, f32, weight_tag(s.dims, s.groups > 1)};
    bias = {{s.out_channels}, f32, Tag::x};
  }
};

/// The same sizes in whatever format the implementation likes best.
memory::desc any_format(const memory::desc& d) { return {d.dims(), d.data_type(), Tag::any}; }

std::shared_ptr<Primitive> make_conv(Kind kind, const ConvShape& s, bool with_bias) {
  const ConvFormats f(s);
  Dims stride, dilation, before, after;
  for (int d = 0; d < s.dims; ++d) {
    stride.push_back(s.stride[d]);
    dilation.push_back(s.dilation[d] - 1);
    before.push_back(s.padding[d]);
    after.push_back((s.out[d] - 1) * s.stride[d] + (s.kernel[d] - 1) * s.dilation[d] + 1 - s.in[d] - s.padding[d]);
  }
  const memory::desc x = any_format(f.x), w = any_format(f.weight), y = any_format(f.y),
                     b = with_bias ? f.bias : memory::desc();
  constexpr auto algorithm = dnnl::algorithm::convolution_direct;
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  auto p = std::make_shared<Primitive>();
  const dnnl::convolution_forward::primitive_desc forward(
      {dnnl::prop_kind::forward_training, algorithm, x, w, b, y, stride, dilation, before, after}, attr, engine());
  if (kind == Kind::Forward) {
    *p = {dnnl::convolution_forward(forward),
          {forward.src_desc(), forward.weights_desc(), f.bias, forward.dst_desc()},
          forward.scratchpad_desc()};
  } else if (kind == Kind::Input) {
    const dnnl::convolution_backward_data::primitive_desc pd({algorithm, x, w, y, stride, dilation, before, after},
                                                             attr, engine(), forward);
    *p = {dnnl::convolution_backward_data(pd),
          {pd.diff_src_desc(), pd.weights_desc(), f.bias, pd.diff_dst_desc()},
          pd.scratchpad_desc()};
  } else {
    const dnnl::convolution_backward_weights::primitive_desc pd(
        {algorithm, x, w, b, y, stride, dilation, before, after}, attr, engine(), forward);
    *p = {dnnl::convolution_backward_weights(pd),
          {pd.src_desc(), pd.diff_weights_desc(), f.bias, pd.diff_dst_desc()},
          pd.scratchpad_desc()};
  }
  return p;
}

void reorder(const memory& from, const memory& to) {
  std::string key("reorder");
  for (const memory& m : {from, to}) {
    const dnnl_memory_desc_t& d = m.get_desc().data;
    key.append(reinterpret_cast<const char*>(&d), sizeof d);
  }
  append_key(key, omp_get_max_threads());
  auto p = primitives().find(key);
  if (!p) {
    dnnl::primitive_attr attr;
    attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    const dnnl::reorder::primitive_desc pd(from, to, attr);
    p = std::make_shared<Primitive>();
    p->run = dnnl::reorder(pd);
    p->scratch = pd.scratchpad_desc();
    primitives().insert(key, p, 1);
  }
  const Buffer scratch(p->scratch.get_size());
  p->run.execute(
      stream(),
      {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}, {DNNL_ARG_SCRATCHPAD, memory(p->scratch, engine(), scratch.data())}});
}

/// An operand in the primitive's format: the caller's own memory if that fits, a reordered copy otherwise.
class Operand {
 public:
  Operand(const memory::desc& user, const memory::desc& wanted, const void* data)
      : user_(user, engine(), const_cast<void*>(data)),
        buffer_(user == wanted ? 0 : wanted.get_size()),
        memory_(user == wanted ? user_ : memory(wanted, engine(), buffer_.data())) {}
  const memory& load() {
    if (buffer_.data()) reorder(user_, memory_);
    return memory_;
  }
  const memory& get() const { return memory_; }
  void store() {
    if (buffer_.data()) reorder(memory_, user_);
  }

 private:
  memory user_;
  Buffer buffer_;
  memory memory_;
};

/// The weight in the primitive's format, kept between calls when the caller can name its contents.
std::shared_ptr<PackedWeight> packed_weight(const memory::desc& user, const memory::desc& wanted, const float* data,
                                            PackKey key) {
  std::string text("weight");
  append_key(text, key.id);
  text.append(reinterpret_cast<const char*>(&wanted.data), sizeof wanted.data);
  if (key) {
    auto hit = packed_weights().find(text);
    if (hit && hit->version == key.version) return hit;
  }
  auto packed = std::make_shared<PackedWeight>(PackedWeight{key.version, wanted, Buffer(wanted.get_size())});
  reorder(memory(user, engine(), const_cast<float*>(data)), memory(wanted, engine(), packed->buffer.data()));
  if (key) packed_weights().insert(text, packed, packed->buffer.bytes());
  return packed;
}

bool usable(const ConvShape& s) {
  for (int d = 0; d < s.dims; ++d)
    if (s.padding[d] < 0 || s.in[d] == 0 || s.out[d] == 0) return false;
  return s.batch > 0 && s.in_channels > 0 && s.out_channels > 0;
}

/// Runs `body`; an error of the library counts as a refusal, since another kernel follows.
template <class F>
bool attempt(const char* op, const F& body) {
  try {
    body();
    trace_dispatch(op, ": oneDNN");
    return true;
  } catch (const dnnl::error& e) {
    trace_dispatch(op, ": oneDNN refused (", e.what(), ")");
    return false;
  }
}

std::shared_ptr<Primitive> cached_conv(Kind kind, const ConvShape& s, bool with_bias, int threads) {
  const std::string key = conv_key(kind, s, with_bias, threads);
  auto p = primitives().find(key);
  if (!p) {
    p = make_conv(kind, s, with_bias);
    primitives().insert(key, p, 1);
  }
  return p;
}

/// Executes with the primitive's scratchpad.
void run(const Primitive& p, std::unordered_map<int, memory> args) {
  const Buffer scratch(p.scratch.get_size());
  args.insert({DNNL_ARG_SCRATCHPAD, memory(p.scratch, engine(), scratch.data())});
  p.run.execute(stream(), args);
}

}  // namespace

bool sgemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, float alpha, const float* a, int64_t lda,
           const float* b, int64_t ldb, float beta, float* c, int64_t ldc) {
  const ThreadScope scope;
  return dnnl_sgemm(trans_a ? 'T' : 'N', trans_b ? 'T' : 'N', m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) ==
         dnnl_success;
}

bool conv(const ConvShape& s, const float* x, const float* weight, const float* bias, float* y, PackKey key) {
  if (!usable(s)) return false;
  return attempt("conv", [&] {
    const ThreadScope scope;
    const auto p = cached_conv(Kind::Forward, s, bias != nullptr, scope.threads());
    const ConvFormats f(s);
    Operand in(f.x, p->args[0], x), out(f.y, p->args[3], y);
    const auto w = packed_weight(f.weight, p->args[1], weight, key);
    std::unordered_map<int, memory> args{{DNNL_ARG_SRC, in.load()},
                                         {DNNL_ARG_WEIGHTS, memory(w->desc, engine(), w->buffer.data())},
                                         {DNNL_ARG_DST, out.get()}};
    if (bias) args.insert({DNNL_ARG_BIAS, memory(f.bias, engine(), const_cast<float*>(bias))});
    run(*p, std::move(args));
    out.store();
  });
}

bool conv_input(const ConvShape& s, const float* dy, const float* weight, float* dx, PackKey key) {
  if (!usable(s)) return false;
  return attempt("conv_input", [&] {
    const ThreadScope scope;
    const auto p = cached_conv(Kind::Input, s, false, scope.threads());
    const ConvFormats f(s);
    Operand in(f.y, p->args[3], dy), out(f.x, p->args[0], dx);
    const auto w = packed_weight(f.weight, p->args[1], weight, key);
    run(*p, {{DNNL_ARG_DIFF_DST, in.load()},
             {DNNL_ARG_WEIGHTS, memory(w->desc, engine(), w->buffer.data())},
             {DNNL_ARG_DIFF_SRC, out.get()}});
    out.store();
  });
}

bool conv_weight(const ConvShape& s, const float* x, const float* dy, float* dweight, float* dbias) {
  if (!usable(s) || !dweight) return false;
  return attempt("conv_weight", [&] {
    const ThreadScope scope;
    const auto p = cached_conv(Kind::Weight, s, dbias != nullptr, scope.threads());
    const ConvFormats f(s);
    Operand in(f.x, p->args[0], x), grad(f.y, p->args[3], dy), out(f.weight, p->args[1], dweight);
    std::unordered_map<int, memory> args{
        {DNNL_ARG_SRC, in.load()}, {DNNL_ARG_DIFF_DST, grad.load()}, {DNNL_ARG_DIFF_WEIGHTS, out.get()}};
    if (dbias) args.insert({DNNL_ARG_DIFF_BIAS, memory(f.bias, engine(), dbias)});
    run(*p, std::move(args));
    out.store();
  });
}

void clear_cache() {
  primitives().clear();
  packed_weights().clear();
}
CacheStats cache_stats() {
  const auto [weights, bytes] = packed_weights().stats();
  return {primitives().stats().first, weights, bytes};
}

}  // namespace lampas::cpu::onednn
