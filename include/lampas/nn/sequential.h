#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "lampas/nn/any.h"
#include "lampas/nn/cloneable.h"

namespace lampas::nn {

namespace detail {
class FoldedNorms;
}

/// A chain of modules: each receives the result of the one before. Modules may have any argument and result types that
/// fit together; the first takes what is given to `forward`. Unnamed modules are called "0", "1", ...
///
/// Neighbours are computed together where nobody can tell, but for rounding: a batch norm and a ReLU in one pass; in
/// evaluation without gradients, a convolution and the batch norm behind it as one convolution. A module that has hooks
/// runs by itself.
///
///   Sequential net(Linear(784, 128), ReLU(), Linear(128, 10));
///   Tensor y = net(x);
class LAMPAS_API SequentialImpl : public Cloneable<SequentialImpl> {
 public:
  using Iterator = std::vector<AnyModule>::iterator;
  using ConstIterator = std::vector<AnyModule>::const_iterator;

  SequentialImpl() = default;
  template <class... Modules>
  explicit SequentialImpl(Modules&&... modules) {
    reserve(sizeof...(Modules));
    (push_back(std::forward<Modules>(modules)), ...);
  }
  explicit SequentialImpl(OrderedDict<std::string, AnyModule>&& modules);
  explicit SequentialImpl(std::initializer_list<NamedAnyModule> modules);

  std::shared_ptr<Module> clone(const std::optional<Device>& device = std::nullopt) const override;
  void reset() override;
  void pretty_print(std::ostream& stream) const override;

  /// Runs the chain. The result is a tensor unless another type is asked for: `net->forward<int>(x)`.
  template <class R = Tensor, class... A>
  R forward(A&&... inputs) {
    if constexpr (std::is_same_v<R, Tensor> && sizeof...(A) == 1 && (std::is_same_v<std::decay_t<A>, Tensor> && ...)) {
      return forward_tensor((std::forward<A>(inputs), ...));
    } else {
      std::array<AnyValue, sizeof...(A)> values{AnyValue(std::forward<A>(inputs))...};
      AnyValue result = forward_values(values.data(), values.size());
      if (R* value = result.template try_get<R>()) return std::move(*value);
      wrong_result(result.type_info(), typeid(R));
    }
  }
  /// The chain on erased arguments: what makes a Sequential usable inside another.
  AnyValue forward_values(AnyValue* inputs, size_t n);

  template <class M>
  void push_back(std::shared_ptr<M> module) {
    push_back(AnyModule(std::move(module)));
  }
  template <class M>
  void push_back(std::string name, std::shared_ptr<M> module) {
    push_back(std::move(name), AnyModule(std::move(module)));
  }
  template <class M, class = detail::enable_if_module_t<M>>
  void push_back(M&& module) {
    push_back(AnyModule(std::forward<M>(module)));
  }
  template <class M, class = detail::enable_if_module_t<M>>
  void push_back(std::string name, M&& module) {
    push_back(std::move(name), AnyModule(std::forward<M>(module)));
  }
  template <class M>
  void push_back(const ModuleHolder<M>& holder) {
    push_back(AnyModule(holder));
  }
  template <class M>
  void push_back(std::string name, const ModuleHolder<M>& holder) {
    push_back(std::move(name), AnyModule(holder));
  }
  void push_back(AnyModule module);
  void push_back(std::string name, AnyModule module);
  /// Python's name for push_back.
  template <class M>
  SequentialImpl& append(M&& module) {
    push_back(std::forward<M>(module));
    return *this;
  }
  /// Appends every module of a container (another Sequential, a vector of pointers, ...).
  template <class Container>
  void extend(const Container& container) {
    for (const auto& module : container) push_back(module);
  }

  Iterator begin() { return modules_.begin(); }
  ConstIterator begin() const { return modules_.begin(); }
  Iterator end() { return modules_.end(); }
  ConstIterator end() const { return modules_.end(); }
  /// The module at a position as a `T`.
  template <class T>
  T& at(size_t index) {
    static_assert(detail::is_module<T>::value, "Can only call Sequential::at with an nn::Module type");
    return modules_[in_range(index)].get<T>();
  }
  template <class T>
  const T& at(size_t index) const {
    static_assert(detail::is_module<T>::value, "Can only call Sequential::at with an nn::Module type");
    return modules_[in_range(index)].get<T>();
  }
  std::shared_ptr<Module> ptr(size_t index) const { return modules_[in_range(index)].ptr(); }
  template <class T>
  std::shared_ptr<T> ptr(size_t index) const {
    static_assert(detail::is_module<T>::value, "Can only call Sequential::ptr with an nn::Module type");
    return modules_[in_range(index)].ptr<T>();
  }
  std::shared_ptr<Module> operator[](size_t index) const { return ptr(index); }
  size_t size() const noexcept { return modules_.size(); }
  bool is_empty() const noexcept { return modules_.empty(); }

 private:
  void reserve(size_t modules);
  Tensor forward_tensor(Tensor x);
  AnyValue forward_from(size_t k, AnyValue value);
  size_t in_range(size_t index) const;
  [[noreturn]] static void wrong_result(const std::type_info& actual, const std::type_info& wanted);

  std::vector<AnyModule> modules_;
  std::shared_ptr<detail::FoldedNorms> folded_;  // null where there is no batch norm
};

/// Holder of SequentialImpl; also built from names: `Sequential({{"fc", Linear(3, 4)}, {"act", ReLU()}})`.
class LAMPAS_API Sequential : public ModuleHolder<SequentialImpl> {
 public:
  using ModuleHolder<SequentialImpl>::ModuleHolder;
  Sequential();
  Sequential(std::initializer_list<NamedAnyModule> modules);
  using Impl [[maybe_unused]] = SequentialImpl;
};

extern template class Cloneable<SequentialImpl>;

}  // namespace lampas::nn
