#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lampas/nn/cloneable.h"
#include "lampas/nn/pimpl.h"

namespace lampas::nn {

/// An ordered dictionary of parameters. Each keeps the requires_grad it came with. Iteration gives the items.
class LAMPAS_API ParameterDictImpl : public Cloneable<ParameterDictImpl> {
 public:
  using Iterator = OrderedDict<std::string, Tensor>::Iterator;
  using ConstIterator = OrderedDict<std::string, Tensor>::ConstIterator;

  ParameterDictImpl() = default;
  explicit ParameterDictImpl(const OrderedDict<std::string, Tensor>& params);

  std::shared_ptr<Module> clone(const std::optional<Device>& device = std::nullopt) const override;
  void reset() override;
  void pretty_print(std::ostream& stream) const override;

  /// Adds a parameter; throws when the key exists.
  Tensor& insert(std::string key, Tensor param);
  /// Removes a parameter and returns it.
  Tensor pop(const std::string& key);
  void clear() { parameters_.clear(); }
  /// Adds the items of a container of pairs at the end, or replaces those whose keys exist (in their places).
  template <class Container>
  void update(const Container& container) {
    for (const auto& item : container) {
      if constexpr (std::is_same_v<std::decay_t<decltype(item)>, OrderedDict<std::string, Tensor>::Item>)
        set(item.key(), item.value());
      else
        set(item.first, item.second);
    }
  }
  /// Replaces the values of existing keys; throws at a key that does not exist, as LibTorch does.
  /// `update(dict.items())` adds.
  void update(const ParameterDictImpl& other);

  std::vector<std::pair<std::string, Tensor>> items() const;
  std::vector<std::string> keys() const;
  std::vector<Tensor> values() const;
  Iterator begin() { return parameters_.begin(); }
  ConstIterator begin() const { return parameters_.begin(); }
  Iterator end() { return parameters_.end(); }
  ConstIterator end() const { return parameters_.end(); }
  size_t size() const noexcept { return parameters_.size(); }
  bool empty() const noexcept { return parameters_.is_empty(); }
  bool contains(const std::string& key) const noexcept { return parameters_.contains(key); }
  Tensor& get(const std::string& key) { return parameters_[key]; }
  const Tensor& get(const std::string& key) const { return parameters_[key]; }
  Tensor& operator[](const std::string& key) { return parameters_[key]; }
  const Tensor& operator[](const std::string& key) const { return parameters_[key]; }

 private:
  void set(const std::string& key, const Tensor& param);
};
LAMPAS_LIBRARY_MODULE(ParameterDict);

}  // namespace lampas::nn
