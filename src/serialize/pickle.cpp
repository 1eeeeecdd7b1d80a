// Writing pickles: protocol 2, no memo (nothing is shared but a tensor's class names, which are short).
#include "serialize/pickle.h"

#include <cstring>

namespace lampas::serialize {

namespace {

class Writer {
 public:
  explicit Writer(const StorageSink& sink) : sink_(sink) { out_ = "\x80\x02"; }
  std::string finish() {
    out_ += '.';
    return std::move(out_);
  }
  void value(const IValue& v, int depth = 0) {
    check(depth < 200, "save: values nested too deeply");
    switch (v.kind()) {
      case IValue::Kind::none:
        out_ += 'N';
        return;
      case IValue::Kind::boolean:
        out_ += v.toBool() ? '\x88' : '\x89';
        return;
      case IValue::Kind::integral:
        integer(v.toInt());
        return;
      case IValue::Kind::floating:
        floating(v.toDouble());
        return;
      case IValue::Kind::text:
        text(v.toStringRef());
        return;
      case IValue::Kind::tensor:
        tensor(v.toTensor());
        return;
      case IValue::Kind::list:
        out_ += "](";
        for (const IValue& x : v.toListRef()) value(x, depth + 1);
        out_ += 'e';
        return;
      case IValue::Kind::tuple:
        out_ += '(';
        for (const IValue& x : v.toListRef()) value(x, depth + 1);
        out_ += 't';
        return;
      case IValue::Kind::dict:
        out_ += "}(";
        for (const auto& [k, x] : v.toDictRef()) {
          value(k, depth + 1);
          value(x, depth + 1);
        }
        out_ += 'u';
        return;
    }
  }

 private:
  void bytes(uint64_t v, int n) {
    for (int k = 0; k < n; ++k) out_ += static_cast<char>(v >> (8 * k));
  }
  void integer(int64_t v) {
    if (v >= INT32_MIN && v <= INT32_MAX) {
      out_ += 'J';
      bytes(static_cast<uint64_t>(v), 4);
    } else {
      out_ += "\x8a\x08";
      bytes(static_cast<uint64_t>(v), 8);
    }
  }
  void floating(double v) {
    char b[8];
    std::memcpy(b, &v, 8);
    out_ += 'G';
    for (int k = 7; k >= 0; --k) out_ += b[k];
  }
  void text(const std::string& s) {
    check(s.size() <= UINT32_MAX, "save: a text of ", s.size(), " bytes");
    out_ += 'X';
    bytes(s.size(), 4);
    out_ += s;
  }
  void sizes(IntArrayRef v) {
    out_ += '(';
    for (int64_t x : v) integer(x);
    out_ += 't';
  }
  void tensor(const Tensor& given) {
    check(given.defined(), "save: an undefined tensor cannot be saved");
    const Tensor t = given.detach().contiguous();
    out_ += "ctorch._utils\n_rebuild_tensor_v2\n((X";
    bytes(7, 4);
    out_ += "storagectorch\n";
    out_ += storage_class(t.scalar_type());
    out_ += '\n';
    text(sink_(t));
    text("cpu");
    integer(t.numel());
    out_ += "tQ";
    integer(0);
    sizes(t.sizes());
    sizes(t.strides());
    out_ += given.is_leaf() && given.requires_grad() ? '\x88' : '\x89';
    out_ += "ccollections\nOrderedDict\n)RtR";
  }

  const StorageSink& sink_;
  std::string out_;
};

}  // namespace

std::string pickle(const IValue& value, const StorageSink& storage) {
  Writer w(storage);
  w.value(value);
  return w.finish();
}

}  // namespace lampas::serialize
