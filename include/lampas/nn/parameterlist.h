#pragma once

#include <string>
#include <utility>

#include "lampas/nn/cloneable.h"
#include "lampas/nn/pimpl.h"

namespace lampas::nn {

/// A list of parameters, registered as "0", "1", ... Each keeps the requires_grad it came with. Iteration gives the
/// items (key and value).
class LAMPAS_API ParameterListImpl : public Cloneable<ParameterListImpl> {
 public:
  using Iterator = OrderedDict<std::string, Tensor>::Iterator;
  using ConstIterator = OrderedDict<std::string, Tensor>::ConstIterator;

  ParameterListImpl() = default;
  template <class... Tensors,
            class = std::enable_if_t<(sizeof...(Tensors) > 0) && (std::is_convertible_v<Tensors, Tensor> && ...)>>
  explicit ParameterListImpl(Tensors&&... params) {
    parameters_.reserve(sizeof...(Tensors));
    (append(Tensor(std::forward<Tensors>(params))), ...);
  }

  std::shared_ptr<Module> clone(const std::optional<Device>& device = std::nullopt) const override;
  void reset() override;
  void pretty_print(std::ostream& stream) const override;

  void append(const Tensor& param);
  void append(const OrderedDict<std::string, Tensor>::Item& item) { append(item.value()); }
  /// Appends every tensor of a container (a vector, another ParameterList, ...).
  template <class Container>
  void extend(const Container& container) {
    static_assert(!std::is_convertible_v<const Container&, Tensor>,
                  "ParameterList::extend takes a container of tensors; append() takes one tensor");
    for (const auto& param : container) append(param);
  }
  template <class Container>
  ParameterListImpl& operator+=(const Container& container) {
    extend(container);
    return *this;
  }

  /// Puts another parameter in a place.
  void set(int64_t index, const Tensor& param);

  Iterator begin() { return parameters_.begin(); }
  ConstIterator begin() const { return parameters_.begin(); }
  Iterator end() { return parameters_.end(); }
  ConstIterator end() const { return parameters_.end(); }
  Tensor& at(size_t index) { return parameters_[in_range(index)].value(); }
  const Tensor& at(size_t index) const { return parameters_[in_range(index)].value(); }
  Tensor& operator[](size_t index) { return at(index); }
  const Tensor& operator[](size_t index) const { return at(index); }
  size_t size() const noexcept { return parameters_.size(); }
  bool is_empty() const noexcept { return parameters_.is_empty(); }

 private:
  size_t in_range(size_t index) const;
};
LAMPAS_LIBRARY_MODULE(ParameterList);

}  // namespace lampas::nn
