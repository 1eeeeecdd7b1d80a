// A pickle is a program for a stack machine. This one knows data and the functions torch rebuilds tensors with.
#include <cstring>
#include <deque>
#include <unordered_map>

#include "lampas/ops/factories.h"
#include "lampas/ops/shape.h"
#include "serialize/pickle.h"

namespace lampas::serialize {

namespace {

struct StorageClass {
  const char* name;
  ScalarType dtype;
};
constexpr StorageClass kStorageClasses[] = {{"FloatStorage", kFloat},
                                            {"DoubleStorage", kDouble},
                                            {"HalfStorage", kHalf},
                                            {"BFloat16Storage", kBFloat16},
                                            {"LongStorage", kLong},
                                            {"IntStorage", kInt},
                                            {"ShortStorage", kShort},
                                            {"CharStorage", kChar},
                                            {"ByteStorage", kByte},
                                            {"BoolStorage", kBool},
                                            {"ComplexFloatStorage", kComplexFloat},
                                            {"ComplexDoubleStorage", kComplexDouble}};

/// What lies on the machine's stack: a value, or what only a program refers to.
struct Item {
  enum class Kind { value, mark, global, storage } kind = Kind::value;
  IValue value;
  std::string global;  // "module name"
  Tensor storage;
};

class Machine {
 public:
  Machine(const std::string& program, const std::string& name, const StorageSource& storage)
      : p_(program), name_(name), storage_(storage) {}

  IValue run() {
    for (;;) {
      const auto op = static_cast<unsigned char>(byte());
      if (op == '.') break;
      step(op);
    }
    check(stack_.size() == 1, "load: ", name_, ": the pickle leaves ", stack_.size(), " values");
    IValue v = pop_value();
    check_data(v);
    return v;
  }

 private:
  /// What only a program refers to may not remain in the result.
  void check_data(const IValue& v) const {
    if (const Item* s = special(v))
      fail("load: ", name_, ": the file refers to ", s->global.empty() ? std::string("a storage") : s->global,
           ", which is not data");
    if (v.isList() || v.isTuple())
      for (const IValue& x : v.toListRef()) check_data(x);
    else if (v.isGenericDict())
      for (const auto& [k, x] : v.toDictRef()) check_data(x);
  }

  // ---- reading
  [[noreturn]] void bad(const std::string& what) const {
    fail("load: ", name_, ": ", what, " (pickle byte ", at_, ")");
  }
  const char* take(uint64_t n) {
    if (n > p_.size() - at_) bad("the pickle ends early");
    const char* r = p_.data() + at_;
    at_ += n;
    return r;
  }
  char byte() { return *take(1); }
  uint64_t number(int bytes) {
    const auto* b = reinterpret_cast<const unsigned char*>(take(static_cast<uint64_t>(bytes)));
    uint64_t v = 0;
    for (int k = 0; k < bytes; ++k) v |= static_cast<uint64_t>(b[k]) << (8 * k);
    return v;
  }
  std::string text(uint64_t n) {
    const char* s = take(n);
    return std::string(s, n);
  }
  std::string line() {
    const size_t end = p_.find('\n', at_);
    if (end == std::string::npos) bad("the pickle ends early");
    std::string s = p_.substr(at_, end - at_);
    at_ = end + 1;
    return s;
  }

  // ---- the stack
  void push(IValue v) {
    Item i;
    i.value = std::move(v);
    stack_.push_back(std::move(i));
  }
  Item pop() {
    if (stack_.empty() || stack_.back().kind == Item::Kind::mark) bad("the pickle takes a value that is not there");
    Item i = std::move(stack_.back());
    stack_.pop_back();
    return i;
  }
  IValue pop_value() {
    Item i = pop();
    if (i.kind == Item::Kind::global) bad("the pickle refers to " + i.global + ", which is not data");
    if (i.kind != Item::Kind::value) bad("a storage outside of a tensor");
    return std::move(i.value);
  }
  Item& top() {
    if (stack_.empty() || stack_.back().kind == Item::Kind::mark) bad("the pickle takes a value that is not there");
    return stack_.back();
  }
  std::vector<Item> pop_to_mark() {
    size_t k = stack_.size();
    while (k > 0 && stack_[k - 1].kind != Item::Kind::mark) --k;
    if (k == 0) bad("a mark is missing");
    std::vector<Item> items(std::make_move_iterator(stack_.begin() + static_cast<long>(k)),
                            std::make_move_iterator(stack_.end()));
    stack_.resize(k - 1);
    return items;
  }

  // ---- containers. A container that was put into another is finished: values stay trees of limited depth, which is
  // what makes them safe to walk and to destroy.
  struct Info {
    int depth = 1;
    bool finished = false;
    IValue keep;  // so that the address stays its own
  };
  static const void* identity(const IValue& v) {
    if (v.isList() || v.isTuple()) return &v.toListRef();
    if (v.isGenericDict()) return &v.toDictRef();
    return nullptr;
  }
  IValue container(IValue v) {
    info_[identity(v)].keep = v;
    return v;
  }
  void put_into(const IValue& parent, const IValue& child) {
    Info& p = info_[identity(parent)];
    if (p.finished) bad("a container changes after it was put into another, or contains itself");
    const void* id = identity(child);
    if (!id) return;
    if (id == identity(parent)) bad("a container contains itself");
    Info& c = info_[id];
    c.finished = true;
    p.depth = std::max(p.depth, c.depth + 1);
    if (p.depth > kMaxDepth) bad("values nested too deeply");
  }
  IValue make_tuple(std::vector<Item> items) {
    std::vector<IValue> values;
    for (Item& i : items) values.push_back(plain(i));
    IValue t = container(IValue::tuple(std::move(values)));
    for (const IValue& v : t.toListRef()) put_into(t, v);
    return t;
  }
  /// An item inside a tuple may also be a class or a storage: what persistent ids and calls are made of.
  IValue plain(Item& i) {
    if (i.kind == Item::Kind::value) return std::move(i.value);
    if (i.kind == Item::Kind::mark) bad("a mark inside a tuple");
    specials_.push_back(std::move(i));
    return IValue(kSpecial + std::to_string(specials_.size() - 1));
  }
  const Item* special(const IValue& v) const {
    if (!v.isString() || v.toStringRef().compare(0, kSpecial.size(), kSpecial) != 0) return nullptr;
    const std::string number = v.toStringRef().substr(kSpecial.size());
    const auto k = static_cast<size_t>(std::strtoull(number.c_str(), nullptr, 10));
    return k < specials_.size() ? &specials_[k] : nullptr;
  }
  void append(const Item& target, std::vector<Item> items) {
    if (target.kind != Item::Kind::value || !target.value.isList()) bad("values are appended to what is no list");
    for (Item& i : items) {
      IValue v = value_of(std::move(i));
      put_into(target.value, v);
      const_cast<IValue&>(target.value).mutable_list().push_back(std::move(v));
    }
  }
  IValue value_of(Item i) {
    stack_.push_back(std::move(i));
    return pop_value();
  }
  void set_items(const Item& target, std::vector<Item> items) {
    if (target.kind != Item::Kind::value || !target.value.isGenericDict())
      bad("items are set in what is no dictionary");
    if (items.size() % 2) bad("a key without a value");
    IValue& dict = const_cast<IValue&>(target.value);
    for (size_t k = 0; k < items.size(); k += 2) {
      IValue key = value_of(std::move(items[k])), v = value_of(std::move(items[k + 1]));
      if (!key.isString() && !key.isInt() && !key.isBool() && !key.isDouble())
        bad("a key that is neither text nor number");
      put_into(dict, v);
      dict.mutable_dict().emplace_back(std::move(key), std::move(v));
    }
  }

  // ---- memo
  void memoize(uint64_t k) {
    if (k > p_.size()) bad("a memo index beyond the program");
    if (memo_.size() <= k) memo_.resize(k + 1);
    memo_[k] = top();
  }
  void recall(uint64_t k) {
    if (k >= memo_.size() || (memo_[k].kind == Item::Kind::value && memo_[k].value.isNone()))
      bad("an unset memo entry");
    stack_.push_back(memo_[k]);
  }

  /// dtypes and memory formats are data: their names.
  void push_global(Item i) {
    static constexpr const char* kNames[] = {"float32", "float64", "float16", "bfloat16", "int64",     "int32",
                                             "int16",   "int8",    "uint8",   "bool",     "complex64", "complex128"};
    for (const char* n : kNames)
      if (i.global == std::string("torch ") + n) return push("torch." + std::string(n));
    stack_.push_back(std::move(i));
  }

  // ---- calls
  int64_t integer(const IValue& v) const {
    if (!v.isInt()) fail("load: ", name_, ": an integer is expected, got ", v.tagKind());
    return v.toInt();
  }
  std::vector<int64_t> integers(const IValue& v) const {
    if (!v.isTuple() && !v.isList()) fail("load: ", name_, ": sizes are expected, got ", v.tagKind());
    std::vector<int64_t> r;
    for (const IValue& i : v.toListRef()) r.push_back(integer(i));
    return r;
  }
  /// ('storage', class, key, location, numel)
  Item persistent(const IValue& id) {
    if (!id.isTuple() || id.toListRef().size() < 5) bad("a persistent id that names no storage");
    const auto& t = id.toListRef();
    const Item* type = special(t[1]);
    if (!t[0].isString() || t[0].toStringRef() != "storage" || !type || type->kind != Item::Kind::global ||
        !t[2].isString())
      bad("a persistent id that names no storage");
    const std::string& full = type->global;
    const std::string name = full.compare(0, 6, "torch ") == 0 ? full.substr(6) : full;
    for (const StorageClass& c : kStorageClasses) {
      if (name != c.name) continue;
      const int64_t numel = integer(t[4]);
      if (numel < 0) bad("a storage of negative size");
      Item i;
      i.kind = Item::Kind::storage;
      i.storage = storage_(t[2].toStringRef(), c.dtype, numel);
      return i;
    }
    bad("the storage class " + full + " is not known");
  }
  static bool is_set(const IValue& dict, const char* key) {
    for (const auto& [k, v] : dict.toDictRef())
      if (k.isString() && k.toStringRef() == key) return v.isBool() && v.toBool();
    return false;
  }
  /// _rebuild_tensor_v2(storage, offset, sizes, strides, requires_grad, hooks, metadata of PyTorch 2)
  Tensor rebuild(const std::vector<IValue>& a) {
    if (a.size() < 4) bad("_rebuild_tensor_v2 with too few arguments");
    const Item* s = special(a[0]);
    if (!s || s->kind != Item::Kind::storage) bad("a tensor without a storage");
    const int64_t offset = integer(a[1]);
    const std::vector<int64_t> sizes = integers(a[2]), strides = integers(a[3]);
    if (sizes.size() != strides.size() || sizes.size() > kMaxDims || offset < 0) bad("a tensor of impossible shape");
    const int64_t numel = s->storage.numel();
    int64_t last = offset, count = 1;
    for (size_t d = 0; d < sizes.size(); ++d) {
      int64_t span = 0;
      if (sizes[d] < 0 || strides[d] < 0 || __builtin_mul_overflow(count, sizes[d], &count))
        bad("a tensor of impossible shape");
      if (sizes[d] > 0 &&
          (__builtin_mul_overflow(sizes[d] - 1, strides[d], &span) || __builtin_add_overflow(last, span, &last)))
        bad("a tensor of impossible shape");
    }
    if (count > 0 && last >= numel) bad("a tensor that reaches beyond its storage");
    if (count == 0) return s->storage.new_empty(sizes);
    Tensor t = Tensor::adopt(
        lampas::detail::new_alias(*s->storage.impl(), sizes, strides, offset * s->storage.element_size()));
    if (a.size() > 6 && a[6].isGenericDict()) {  // what is stored stands for its conjugate or its negative
      if (is_set(a[6], "conj")) t = t.conj();
      if (is_set(a[6], "neg")) t = t.neg();
    }
    if (a.size() > 4 && a[4].isBool() && a[4].toBool() && is_differentiable(t.scalar_type())) t.set_requires_grad(true);
    return t;
  }
  void reduce() {
    const IValue args = pop_value();
    Item f = pop();
    if (!args.isTuple() || f.kind != Item::Kind::global) bad("a call of what is no function");
    const auto& a = args.toListRef();
    const std::string& g = f.global;
    if (g == "collections OrderedDict" || g == "builtins dict" || g == "__builtin__ dict") {
      IValue d = container(IValue(IValue::Dict()));
      if (!a.empty() && (a[0].isList() || a[0].isTuple()))  // pairs
        for (const IValue& pair : a[0].toListRef()) {
          if ((!pair.isList() && !pair.isTuple()) || pair.toListRef().size() != 2)
            bad("an OrderedDict of what are no pairs");
          put_into(d, pair.toListRef()[1]);
          d.mutable_dict().emplace_back(pair.toListRef()[0], pair.toListRef()[1]);
        }
      push(std::move(d));
    } else if (g == "torch._utils _rebuild_tensor_v2" || g == "torch._utils _rebuild_tensor") {
      push(rebuild(a));
    } else if (g == "torch._utils _rebuild_parameter") {
      if (a.empty() || !a[0].isTensor()) bad("a parameter without data");
      const bool grad = a.size() < 2 || !a[1].isBool() || a[1].toBool();
      Tensor t = a[0].toTensor().detach();
      if (grad && is_differentiable(t.scalar_type())) t.set_requires_grad(true);
      push(std::move(t));
    } else if (g == "torch Size" || g == "builtins tuple" || g == "__builtin__ tuple" || g == "builtins list") {
      if (a.empty()) {
        push(container(IValue::tuple({})));
      } else {
        push(a[0]);
      }
    } else if (g == "torch device") {
      std::string d = a.empty() || !a[0].isString() ? "cpu" : a[0].toStringRef();
      push(std::move(d));
    } else if (g.compare(0, 18, "torch.jit._pickle ") == 0) {
      // build_intlist(list) and the like, restore_type_tag(value, type): LibTorch's typed lists.
      if (a.empty()) bad(g + " without arguments");
      push(a[0]);
    } else {
      bad("the file calls " + g + ", which is not data; save a state_dict() of tensors, numbers and texts");
    }
  }
  void new_object() {
    pop_value();  // arguments
    Item type = pop();
    if (type.kind != Item::Kind::global) bad("an object of what is no class");
    if (type.global.compare(0, 9, "__torch__") != 0)
      bad("the file holds an object of " + type.global + ", which is not data; save its state_dict()");
    push(container(IValue(IValue::Dict())));
  }
  void build() {
    const IValue state = pop_value();
    Item& target = top();
    if (target.kind != Item::Kind::value || !target.value.isGenericDict()) bad("a state for what is no object");
    if (!state.isGenericDict()) bad("the state of an object is no dictionary");
    // An OrderedDict's own attributes (_metadata) are not data.
    if (!target.value.toDictRef().empty() || is_plain_dict(target)) return;
    for (const auto& [k, v] : state.toDictRef()) {
      put_into(target.value, v);
      target.value.mutable_dict().emplace_back(k, v);
    }
  }
  bool is_plain_dict(const Item& i) const { return objects_.count(identity(i.value)) == 0; }

  void step(unsigned char op) {
    switch (op) {
      case 0x80:  // PROTO
        if (const int v = byte(); v < 2 || v > 5) bad("pickle protocol " + std::to_string(v) + " is not known");
        return;
      case 0x95:
        take(8);
        return;  // FRAME
      case '(': {
        Item i;
        i.kind = Item::Kind::mark;
        stack_.push_back(std::move(i));
        return;
      }
      case '0':
        pop();
        return;
      case '1':
        pop_to_mark();
        return;
      case '2':
        stack_.push_back(top());
        return;
      case 'N':
        push(IValue());
        return;
      case 0x88:
        push(true);
        return;
      case 0x89:
        push(false);
        return;
      case 'J':
        push(static_cast<int64_t>(static_cast<int32_t>(number(4))));
        return;
      case 'K':
        push(static_cast<int64_t>(number(1)));
        return;
      case 'M':
        push(static_cast<int64_t>(number(2)));
        return;
      case 0x8a: {  // LONG1
        const auto n = static_cast<int>(number(1));
        if (n > 8) bad("an integer of more than 64 bits");
        uint64_t v = number(n);
        if (n > 0 && n < 8 && (v >> (8 * n - 1)) & 1) v |= ~uint64_t{0} << (8 * n);
        push(static_cast<int64_t>(v));
        return;
      }
      case 'G': {  // BINFLOAT, big-endian
        const char* s = take(8);
        char r[8];
        for (int k = 0; k < 8; ++k) r[k] = s[7 - k];
        double v;
        std::memcpy(&v, r, 8);
        push(v);
        return;
      }
      case 'X':
        push(text(number(4)));
        return;
      case 0x8c:
        push(text(number(1)));
        return;
      case 0x8d:
        push(text(number(8)));
        return;
      case 'U':
        push(text(number(1)));
        return;
      case 'T':
        push(text(number(4)));
        return;
      case ']':
        push(container(IValue(IValue::List())));
        return;
      case '}':
        push(container(IValue(IValue::Dict())));
        return;
      case ')':
        push(make_tuple({}));
        return;
      case 't': {
        auto items = pop_to_mark();
        push(make_tuple(std::move(items)));
        return;
      }
      case 0x85:
      case 0x86:
      case 0x87: {
        std::vector<Item> items(static_cast<size_t>(op - 0x84));
        for (size_t k = items.size(); k-- > 0;) items[k] = pop();
        push(make_tuple(std::move(items)));
        return;
      }
      case 'l': {
        auto items = pop_to_mark();
        push(container(IValue(IValue::List())));
        append(top(), std::move(items));
        return;
      }
      case 'a': {
        std::vector<Item> one(1);
        one[0] = pop();
        const Item target = top();
        append(target, std::move(one));
        return;
      }
      case 'e': {
        auto items = pop_to_mark();
        const Item target = top();
        append(target, std::move(items));
        return;
      }
      case 's': {
        std::vector<Item> pair(2);
        pair[1] = pop();
        pair[0] = pop();
        const Item target = top();
        set_items(target, std::move(pair));
        return;
      }
      case 'u': {
        auto items = pop_to_mark();
        const Item target = top();
        set_items(target, std::move(items));
        return;
      }
      case 'q':
        memoize(number(1));
        return;
      case 'r':
        memoize(number(4));
        return;
      case 0x94:
        memoize(memo_.size());
        return;
      case 'h':
        recall(number(1));
        return;
      case 'j':
        recall(number(4));
        return;
      case 'c': {
        Item i;
        i.kind = Item::Kind::global;
        i.global = line();
        i.global += ' ';
        i.global += line();
        push_global(std::move(i));
        return;
      }
      case 0x93: {  // STACK_GLOBAL
        const IValue n = pop_value(), m = pop_value();
        if (!n.isString() || !m.isString()) bad("a name that is no text");
        Item i;
        i.kind = Item::Kind::global;
        i.global = m.toStringRef() + ' ' + n.toStringRef();
        push_global(std::move(i));
        return;
      }
      case 'R':
        reduce();
        return;
      case 0x81:
        new_object();
        objects_.insert({identity(top().value), true});
        return;
      case 'b':
        build();
        return;
      case 'Q': {
        const IValue id = pop_value();
        stack_.push_back(persistent(id));
        return;
      }
      default:
        bad(str("the pickle instruction ", static_cast<int>(op), " is not one of data"));
    }
  }

  static constexpr int kMaxDepth = 200;
  static inline const std::string kSpecial = std::string("\0lampas ", 8);
  const std::string& p_;
  const std::string& name_;
  const StorageSource& storage_;
  uint64_t at_ = 0;
  std::vector<Item> stack_, memo_;
  std::deque<Item> specials_;
  std::unordered_map<const void*, Info> info_;
  std::unordered_map<const void*, bool> objects_;
};

}  // namespace

IValue unpickle(const std::string& program, const std::string& name, const StorageSource& storage) {
  return Machine(program, name, storage).run();
}

const char* storage_class(ScalarType dtype) {
  for (const StorageClass& c : kStorageClasses)
    if (c.dtype == dtype) return c.name;
  fail("save: dtype ", dtype, " has no storage class in PyTorch");
}

}  // namespace lampas::serialize
