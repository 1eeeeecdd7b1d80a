#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lampas/nn/cloneable.h"
#include "lampas/nn/pimpl.h"

namespace lampas::nn {

/// A list of modules, registered as "0", "1", ... in order. It is not called itself.
class LAMPAS_API ModuleListImpl : public Cloneable<ModuleListImpl> {
 public:
  using Iterator = std::vector<std::shared_ptr<Module>>::iterator;
  using ConstIterator = std::vector<std::shared_ptr<Module>>::const_iterator;

  ModuleListImpl() = default;
  template <class... Modules>
  explicit ModuleListImpl(Modules&&... modules) {  // modules, or containers of modules
    modules_.reserve(sizeof...(Modules));
    (add(std::forward<Modules>(modules)), ...);
  }

  std::shared_ptr<Module> clone(const std::optional<Device>& device = std::nullopt) const override;
  void reset() override;
  void pretty_print(std::ostream& stream) const override;

  void push_back(std::shared_ptr<Module> module);
  template <class M, class = detail::enable_if_module_t<M>>
  void push_back(M&& module) {
    push_back(std::shared_ptr<Module>(std::make_shared<std::decay_t<M>>(std::forward<M>(module))));
  }
  template <class M>
  void push_back(const ModuleHolder<M>& holder) {
    push_back(std::shared_ptr<Module>(holder.ptr()));
  }
  /// Python's name for push_back.
  template <class M>
  ModuleListImpl& append(M&& module) {
    push_back(std::forward<M>(module));
    return *this;
  }
  template <class Container>
  void extend(const Container& container) {
    for (const auto& module : container) push_back(module);
  }
  /// Puts a module before position `index`; those behind it move up by one and are renamed.
  void insert(size_t index, std::shared_ptr<Module> module);
  template <class M, class = detail::enable_if_module_t<M>>
  void insert(size_t index, M&& module) {
    insert(index, std::shared_ptr<Module>(std::make_shared<std::decay_t<M>>(std::forward<M>(module))));
  }
  template <class M>
  void insert(size_t index, const ModuleHolder<M>& holder) {
    insert(index, std::shared_ptr<Module>(holder.ptr()));
  }

  /// Puts another module in a place.
  void set(int64_t index, std::shared_ptr<Module> module);
  template <class M>
  void set(int64_t index, const ModuleHolder<M>& holder) {
    set(index, std::shared_ptr<Module>(holder.ptr()));
  }
  /// Removes a module, the last one by default, and returns it; those behind it move down and are renamed.
  std::shared_ptr<Module> pop(int64_t index = -1);
  void erase(int64_t index) { pop(index); }
  void clear();
  /// The modules [start, end) as a list that shares them.
  std::shared_ptr<ModuleListImpl> slice(int64_t start = 0, std::optional<int64_t> end = std::nullopt) const;

  Iterator begin() { return modules_.begin(); }
  ConstIterator begin() const { return modules_.begin(); }
  Iterator end() { return modules_.end(); }
  ConstIterator end() const { return modules_.end(); }
  /// The module at a position, counted from the end when negative, as a `T`; throws when it is of another class.
  template <class T>
  T& at(size_t index) {
    return *checked<T>(index);
  }
  template <class T>
  const T& at(size_t index) const {
    return *checked<T>(index);
  }
  std::shared_ptr<Module> ptr(size_t index) const { return modules_[in_range(index)]; }
  template <class T>
  std::shared_ptr<T> ptr(size_t index) const {
    static_assert(detail::is_module<T>::value, "Can only call ModuleList::ptr with an nn::Module type");
    return std::dynamic_pointer_cast<T>(ptr(index));
  }
  std::shared_ptr<Module> operator[](size_t index) const { return ptr(index); }
  size_t size() const noexcept { return modules_.size(); }
  bool is_empty() const noexcept { return modules_.empty(); }

 private:
  template <class M>
  void add(M&& module) {
    if constexpr (detail::is_module<M>::value || detail::is_module_holder<M>::value ||
                  std::is_convertible_v<M, std::shared_ptr<Module>>)
      push_back(std::forward<M>(module));
    else
      extend(module);
  }
  size_t in_range(size_t index) const;
  void renumber(size_t from);
  template <class T>
  T* checked(size_t index) const {
    static_assert(detail::is_module<T>::value, "Can only call ModuleList::at with an nn::Module type");
    index = in_range(index);
    T* module = modules_[index]->template as<T>();
    check(module != nullptr, "ModuleList: module ", index, " is a ", modules_[index]->name(),
          ", not of the class asked for");
    return module;
  }

  std::vector<std::shared_ptr<Module>> modules_;
};
LAMPAS_LIBRARY_MODULE(ModuleList);

}  // namespace lampas::nn
