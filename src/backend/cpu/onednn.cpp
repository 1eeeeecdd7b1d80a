#include "backend/cpu/onednn.h"

#include <omp.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <dnnl.hpp>
#include <memory>
#include <string>
#include <utility>

#include "backend/cpu/lru_cache.h"
#include "backend/cpu/team.h"
#include "backend/verbose.h"
#include "lampas/backend/cpu/allocator.h"
#include "lampas/backend/cpu/threads.h"

namespace lampas::cpu::onednn {
namespace {

using dnnl::memory;
using Dims = memory::dims;
using Tag = memory::format_tag;

dnnl::engine& engine() {
  static auto* e = new dnnl::engine(dnnl::engine::kind::cpu, 0);  // leaked: threads may outlive static destruction
  return *e;
}
dnnl::stream& stream() {
  thread_local dnnl::stream s(engine());
  return s;
}

/// Multiply-adds worth a thread.
constexpr int64_t kThreadWork = 1 << 19;

int threads_for(const ConvShape& s) {
  if (in_team()) return 1;
  int64_t work = s.batch * s.out_channels * (s.in_channels / s.groups);
  for (int d = 0; d < s.dims; ++d) work *= s.out[d] * s.kernel[d];
  return static_cast<int>(std::min<int64_t>(get_num_threads(), work / kThreadWork + 1));
}

/// oneDNN takes its thread count from OpenMP's per-thread setting; the caller's value comes back at the end of the
/// scope.
class ThreadScope {
 public:
  explicit ThreadScope(const ConvShape& s) : before_(omp_get_max_threads()), now_(threads_for(s)) {
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

/// Operands of a convolution, in this order everywhere below.
enum Operand { kX, kWeight, kBias, kY, kOperands };

/// A convolution with the formats its implementation works in.
struct Primitive {
  dnnl::primitive run;
  memory::desc args[kOperands];
  memory::desc scratch;
  ConvLayouts layouts;
};
struct PackedWeight {
  uint64_t version;
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
/// Advanced by clear_cache: plans of an older epoch are dropped.
std::atomic<uint64_t> cache_epoch{0};

template <class T>
void append_key(std::string& key, const T& v) {
  key.append(reinterpret_cast<const char*>(&v), sizeof v);
}

Tag image_tag(int dims, ImageLayout layout) {
  constexpr Tag tags[][3] = {{Tag::ncw, Tag::nchw, Tag::ncdhw},
                             {Tag::nwc, Tag::nhwc, Tag::ndhwc},
                             {Tag::nCw8c, Tag::nChw8c, Tag::nCdhw8c},
                             {Tag::nCw16c, Tag::nChw16c, Tag::nCdhw16c}};
  return tags[static_cast<int>(layout)][dims - 1];
}
Tag weight_tag(int dims, bool grouped) {
  constexpr Tag plain[] = {Tag::oiw, Tag::oihw, Tag::oidhw}, groups[] = {Tag::goiw, Tag::goihw, Tag::goidhw};
  return (grouped ? groups : plain)[dims - 1];
}

/// The caller's own formats.
struct UserFormats {
  memory::desc d[kOperands];
  explicit UserFormats(const ConvShape& s) {
    constexpr auto f32 = memory::data_type::f32;
    Dims xd{s.batch, s.in_channels}, yd{s.batch, s.out_channels}, wd{s.out_channels, s.in_channels / s.groups};
    if (s.groups > 1) wd = {s.groups, s.out_channels / s.groups, s.in_channels / s.groups};
    for (int i = 0; i < s.dims; ++i) xd.push_back(s.in[i]), yd.push_back(s.out[i]), wd.push_back(s.kernel[i]);
    d[kX] = {xd, f32, image_tag(s.dims, s.x_layout)};
    d[kY] = {yd, f32, image_tag(s.dims, s.y_layout)};
    d[kWeight] = {wd, f32, weight_tag(s.dims, s.groups > 1)};
    d[kBias] = {{s.out_channels}, f32, Tag::x};
  }
};

/// Channels-last images are taken as they are; everything else may come in the format the implementation likes best.
bool keeps_layout(const ConvShape& s) {
  return s.x_layout == ImageLayout::ChannelsLast && s.y_layout == ImageLayout::ChannelsLast;
}
memory::desc any_format(const memory::desc& d) { return {d.dims(), d.data_type(), Tag::any}; }

/// The blocked layout a format is, or ChannelsFirst.
ImageLayout blocked_layout(int dims, const memory::desc& d) {
  for (ImageLayout l : {ImageLayout::Blocked16, ImageLayout::Blocked8})
    if (d.dims()[1] % channel_block(l) == 0 && d == memory::desc(d.dims(), d.data_type(), image_tag(dims, l))) return l;
  return ImageLayout::ChannelsFirst;
}

std::shared_ptr<Primitive> make_conv(ConvDirection direction, const ConvShape& s, bool with_bias) {
  const UserFormats user(s);
  Dims stride, dilation, before, after;
  for (int d = 0; d < s.dims; ++d) {
    stride.push_back(s.stride[d]);
    dilation.push_back(s.dilation[d] - 1);
    before.push_back(s.padding[d]);
    after.push_back((s.out[d] - 1) * s.stride[d] + (s.kernel[d] - 1) * s.dilation[d] + 1 - s.in[d] - s.padding[d]);
  }
  const bool keep = keeps_layout(s);
  const memory::desc x = keep ? user.d[kX] : any_format(user.d[kX]), y = keep ? user.d[kY] : any_format(user.d[kY]),
                     w = any_format(user.d[kWeight]), b = with_bias ? user.d[kBias] : memory::desc();
  constexpr auto algorithm = dnnl::algorithm::convolution_direct;
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  const dnnl::convolution_forward::primitive_desc forward(
      {dnnl::prop_kind::forward_training, algorithm, x, w, b, y, stride, dilation, before, after}, attr, engine());
  auto p = std::make_shared<Primitive>();
  const auto set = [&](dnnl::primitive run, const memory::desc& px, const memory::desc& pw, const memory::desc& py,
                       const memory::desc& scratch) {
    *p = {std::move(run), {px, pw, b, py}, scratch, {blocked_layout(s.dims, px), blocked_layout(s.dims, py)}};
  };
  if (direction == ConvDirection::Forward) {
    set(dnnl::convolution_forward(forward), forward.src_desc(), forward.weights_desc(), forward.dst_desc(),
        forward.scratchpad_desc());
  } else if (direction == ConvDirection::Input) {
    const dnnl::convolution_backward_data::primitive_desc pd({algorithm, x, w, y, stride, dilation, before, after},
                                                             attr, engine(), forward);
    set(dnnl::convolution_backward_data(pd), pd.diff_src_desc(), pd.weights_desc(), pd.diff_dst_desc(),
        pd.scratchpad_desc());
  } else {
    const dnnl::convolution_backward_weights::primitive_desc pd(
        {algorithm, x, w, b, y, stride, dilation, before, after}, attr, engine(), forward);
    set(dnnl::convolution_backward_weights(pd), pd.src_desc(), pd.diff_weights_desc(), pd.diff_dst_desc(),
        pd.scratchpad_desc());
  }
  return p;
}

/// A primitive with its arguments, put together once: a call only fills in addresses.
class Call {
 public:
  Call() = default;
  Call(dnnl::primitive run, const memory::desc& scratch)
      : run_(std::move(run)), scratch_bytes_(scratch.get_size()), scratch_(scratch, engine(), nullptr) {
    add(DNNL_ARG_SCRATCHPAD, scratch_);
  }
  void add(int name, const memory& m) { args_[count_++] = {name, m.get()}; }
  void operator()() {
    const Buffer scratch(scratch_bytes_);
    if (scratch_bytes_) scratch_.set_data_handle(scratch.data());
    dnnl::error::wrap_c_api(dnnl_primitive_execute(run_.get(), stream().get(), count_, args_.data()),
                            "could not execute a primitive");
  }

 private:
  dnnl::primitive run_;
  size_t scratch_bytes_ = 0;
  memory scratch_;
  std::array<dnnl_exec_arg_t, 6> args_{};
  int count_ = 0;
};

/// An operand between the caller's format and the primitive's.
struct Port {
  memory user, own;  // the same when the formats agree
  bool differs = false;
  size_t bytes = 0;
  Call reorder;

  void prepare(const memory::desc& from, const memory::desc& wanted, bool result) {
    own = memory(wanted, engine(), nullptr);
    differs = from != wanted;
    if (!differs) return;
    user = memory(from, engine(), nullptr);
    bytes = wanted.get_size();
    dnnl::primitive_attr attr;
    attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    const auto pd =
        result ? dnnl::reorder::primitive_desc(own, user, attr) : dnnl::reorder::primitive_desc(user, own, attr);
    reorder = Call(dnnl::reorder(pd), pd.scratchpad_desc());
    reorder.add(DNNL_ARG_FROM, result ? own : user);
    reorder.add(DNNL_ARG_TO, result ? user : own);
  }
  /// Before the primitive: the caller's memory, or a buffer; an input is brought into its format.
  Buffer open(const void* data, bool load) {
    Buffer buffer(differs ? bytes : 0);
    own.set_data_handle(differs ? buffer.data() : const_cast<void*>(data));
    if (differs) {
      user.set_data_handle(const_cast<void*>(data));
      if (load) reorder();
    }
    return buffer;
  }
  void store() {
    if (differs) reorder();
  }
};

struct PlanKey {
  ConvDirection direction = ConvDirection::Forward;
  bool bias = false;
  int threads = 0;
  uint64_t epoch = 0;
  ConvShape shape;
  bool operator==(const PlanKey&) const = default;

  size_t slot() const {
    uint64_t h = static_cast<uint64_t>(direction) * 2 + bias;
    for (int64_t v : {shape.batch, shape.in_channels, shape.out_channels, shape.in[0], shape.in[1], shape.kernel[0],
                      shape.stride[0], static_cast<int64_t>(shape.x_layout), static_cast<int64_t>(shape.y_layout)})
      h = (h ^ static_cast<uint64_t>(v)) * 0x9E3779B97F4A7C15u;
    return h >> 32;
  }
  std::string text() const {
    std::string key;
    key.reserve(sizeof(ConvShape) + 16);
    append_key(key, direction), append_key(key, bias), append_key(key, threads), append_key(key, keeps_layout(shape));
    append_key(key, shape.dims), append_key(key, shape.batch), append_key(key, shape.in_channels);
    append_key(key, shape.out_channels), append_key(key, shape.groups);
    for (int d = 0; d < shape.dims; ++d)
      for (int64_t v :
           {shape.in[d], shape.out[d], shape.kernel[d], shape.stride[d], shape.padding[d], shape.dilation[d]})
        append_key(key, v);
    return key;
  }
};

/// Everything a call needs, owned by one thread. Made of a primitive that all threads share.
struct Plan {
  PlanKey key;
  std::shared_ptr<Primitive> primitive;
  Port port[kOperands];
  Call call;
  std::string weight_key;  // the packed weight's format; the weight's id goes in front

  explicit Plan(const PlanKey& k) : key(k) {
    const std::string text = k.text();
    primitive = primitives().find(text);
    if (!primitive) {
      primitive = make_conv(k.direction, k.shape, k.bias);
      primitives().insert(text, primitive, 1);
    }
    const UserFormats user(k.shape);
    const bool forward = k.direction == ConvDirection::Forward, input = k.direction == ConvDirection::Input;
    port[kX].prepare(user.d[kX], primitive->args[kX], input);
    port[kWeight].prepare(user.d[kWeight], primitive->args[kWeight], !forward && !input);
    port[kY].prepare(user.d[kY], primitive->args[kY], forward);
    call = Call(primitive->run, primitive->scratch);
    call.add(input ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC, port[kX].own);
    call.add(forward || input ? DNNL_ARG_WEIGHTS : DNNL_ARG_DIFF_WEIGHTS, port[kWeight].own);
    call.add(forward ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST, port[kY].own);
    if (k.bias) {
      port[kBias].prepare(user.d[kBias], user.d[kBias], false);
      call.add(forward ? DNNL_ARG_BIAS : DNNL_ARG_DIFF_BIAS, port[kBias].own);
    }
    weight_key.assign(8, '\0');
    weight_key.append(reinterpret_cast<const char*>(&primitive->args[kWeight].data), sizeof(dnnl_memory_desc_t));
  }

  /// The weight in the primitive's format, kept between calls when the caller can name its contents. The result holds
  /// the memory during the call.
  std::shared_ptr<PackedWeight> load_weight(const float* data, PackKey name) {
    Port& w = port[kWeight];
    if (!w.differs) {
      w.own.set_data_handle(const_cast<float*>(data));
      return nullptr;
    }
    if (name) {
      std::memcpy(weight_key.data(), &name.id, 8);
      if (auto hit = packed_weights().find(weight_key); hit && hit->version == name.version) {
        w.own.set_data_handle(hit->buffer.data());
        return hit;
      }
    }
    auto packed = std::make_shared<PackedWeight>(PackedWeight{name.version, w.open(data, true)});
    if (name) packed_weights().insert(weight_key, packed, packed->buffer.bytes());
    return packed;
  }
};

/// The calling thread's plans, by hash; two that collide take turns.
Plan& plan_for(const PlanKey& key) {
  constexpr size_t kSlots = 64;
  thread_local std::array<std::unique_ptr<Plan>, kSlots> plans;
  auto& p = plans[key.slot() % kSlots];
  if (!p || !(p->key == key)) {
    p.reset();
    p = std::make_unique<Plan>(key);
  }
  return *p;
}
Plan& plan_for(ConvDirection direction, const ConvShape& s, bool bias, const ThreadScope& scope) {
  return plan_for({direction, bias, scope.threads(), cache_epoch.load(std::memory_order_relaxed), s});
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

}  // namespace

bool conv(const ConvShape& s, const float* x, const float* weight, const float* bias, float* y, PackKey key) {
  if (!usable(s)) return false;
  return attempt("conv", [&] {
    const ThreadScope scope(s);
    Plan& p = plan_for(ConvDirection::Forward, s, bias != nullptr, scope);
    const auto w = p.load_weight(weight, key);
    const Buffer in = p.port[kX].open(x, true), out = p.port[kY].open(y, false);
    if (bias) p.port[kBias].open(bias, false);
    p.call();
    p.port[kY].store();
  });
}

bool conv_input(const ConvShape& s, const float* dy, const float* weight, float* dx, PackKey key) {
  if (!usable(s)) return false;
  return attempt("conv_input", [&] {
    const ThreadScope scope(s);
    Plan& p = plan_for(ConvDirection::Input, s, false, scope);
    const auto w = p.load_weight(weight, key);
    const Buffer in = p.port[kY].open(dy, true), out = p.port[kX].open(dx, false);
    p.call();
    p.port[kX].store();
  });
}

bool conv_weight(const ConvShape& s, const float* x, const float* dy, float* dweight, float* dbias) {
  if (!usable(s) || !dweight) return false;
  return attempt("conv_weight", [&] {
    const ThreadScope scope(s);
    Plan& p = plan_for(ConvDirection::Weight, s, dbias != nullptr, scope);
    const Buffer in = p.port[kX].open(x, true), grad = p.port[kY].open(dy, true),
                 out = p.port[kWeight].open(dweight, false);
    if (dbias) p.port[kBias].open(dbias, false);
    p.call();
    p.port[kWeight].store();
  });
}

ConvLayouts conv_layouts(ConvDirection direction, const ConvShape& s, bool bias) {
  ConvLayouts result;
  if (!usable(s) || keeps_layout(s)) return result;
  attempt("conv_layouts", [&] {
    const ThreadScope scope(s);
    // The layouts of the shape do not matter to the primitive: ask with those that the call itself will use.
    ConvShape plain = s;
    plain.x_layout = plain.y_layout = ImageLayout::ChannelsFirst;
    result = plan_for(direction, plain, bias, scope).primitive->layouts;
  });
  return result;
}

void clear_cache() {
  cache_epoch.fetch_add(1, std::memory_order_relaxed);
  primitives().clear();
  packed_weights().clear();
}
CacheStats cache_stats() {
  const auto [weights, bytes] = packed_weights().stats();
  return {primitives().stats().first, weights, bytes};
}

}  // namespace lampas::cpu::onednn
