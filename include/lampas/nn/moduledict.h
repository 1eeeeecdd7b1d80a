#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lampas/nn/cloneable.h"
#include "lampas/nn/pimpl.h"

namespace lampas::nn {

/// An ordered dictionary of modules, registered under their keys. It is not called itself.
class LAMPAS_API ModuleDictImpl : public Cloneable<ModuleDictImpl> {
 public:
  using Iterator = OrderedDict<std::string, std::shared_ptr<Module>>::Iterator;
  using ConstIterator = OrderedDict<std::string, std::shared_ptr<Module>>::ConstIterator;

  ModuleDictImpl() = default;
  explicit ModuleDictImpl(const std::vector<std::pair<std::string, std::shared_ptr<Module>>>& modules);
  explicit ModuleDictImpl(const OrderedDict<std::string, std::shared_ptr<Module>>& modules);

  std::shared_ptr<Module> clone(const std::optional<Device>& device = std::nullopt) const override;
  void reset() override;
  void pretty_print(std::ostream& stream) const override;

  std::vector<std::pair<std::string, std::shared_ptr<Module>>> items() const;
  std::vector<std::string> keys() const;
  std::vector<std::shared_ptr<Module>> values() const;
  Iterator begin() { return modules_.begin(); }
  ConstIterator begin() const { return modules_.begin(); }
  Iterator end() { return modules_.end(); }
  ConstIterator end() const { return modules_.end(); }
  size_t size() const noexcept { return modules_.size(); }
  bool empty() const noexcept { return modules_.is_empty(); }
  bool contains(const std::string& key) const noexcept;

  /// Adds a module at the end, or puts it in the place of the one under its key.
  void insert(const std::string& key, std::shared_ptr<Module> module);
  template <class M>
  void insert(const std::string& key, const ModuleHolder<M>& holder) {
    insert(key, std::shared_ptr<Module>(holder.ptr()));
  }
  /// Removes every item and its registration.
  void clear();
  /// Removes an item and its registration, and returns the module.
  std::shared_ptr<Module> pop(const std::string& key);
  /// Adds items at the end, or replaces those whose keys exist (in their places).
  void update(const std::vector<std::pair<std::string, std::shared_ptr<Module>>>& modules);
  template <class Container>
  void update(const Container& container) {
    for (const auto& item : container) insert(item.key(), item.value());
  }

  std::shared_ptr<Module> operator[](const std::string& key) const;
  /// The module under a key as a `T`; throws when it is of another class.
  template <class T>
  T& at(const std::string& key) {
    return *checked<T>(key);
  }
  template <class T>
  const T& at(const std::string& key) const {
    return *checked<T>(key);
  }

 private:
  template <class T>
  T* checked(const std::string& key) const {
    static_assert(detail::is_module<T>::value, "Can only call ModuleDict::at with an nn::Module type");
    T* module = modules_[key]->template as<T>();
    check(module != nullptr, "ModuleDict: module '", key, "' is a ", modules_[key]->name(),
          ", not of the class asked for");
    return module;
  }

  OrderedDict<std::string, std::shared_ptr<Module>> modules_;
};
LAMPAS_LIBRARY_MODULE(ModuleDict);

}  // namespace lampas::nn
