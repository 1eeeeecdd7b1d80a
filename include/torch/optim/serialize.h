#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "torch/namespaces.h"

/// What LibTorch's optimizers save and load themselves with, for optimizers of programs that were written alike.
/// Archives have the keys of Optimizer::state_dict(), so that what LibTorch's function of the name wrote can be loaded.
namespace torch::optim {

/// Writes the state and the settings of an optimizer; `Options` and `ParamState` have a `serialize`.
template <class ParamState, class Options, class Archive, class Optimizer,
          std::enable_if_t<std::is_same_v<Archive, torch::serialize::OutputArchive>, int> = 0>
void serialize(Archive& archive, const Optimizer& optimizer) {
  archive.write("pytorch_version", lampas::IValue("1.5.0"));
  int64_t number = 0;
  for (size_t g = 0; g < optimizer.param_groups().size(); ++g) {
    const auto& group = optimizer.param_groups()[g];
    const std::string key = "param_groups." + std::to_string(g);
    Archive options;
    static_cast<const Options&>(group.options()).serialize(options);
    archive.write(key, options);
    const int64_t first = number;
    for (const lampas::Tensor& p : group.params()) {
      const auto found = optimizer.state().find(p.unsafeGetTensorImpl());
      if (found != optimizer.state().end()) {
        Archive state;
        static_cast<const ParamState&>(*found->second).serialize(state);
        archive.write("state." + std::to_string(number), state);
      }
      ++number;
    }
    archive.write(key + ".params", lampas::arange(first, number, lampas::TensorOptions(lampas::kLong)));
  }
}

/// Reads them. Nothing is changed unless groups and parameters are as many as were saved.
template <class ParamState, class Options, class Archive, class Optimizer,
          std::enable_if_t<std::is_same_v<Archive, torch::serialize::InputArchive>, int> = 0>
void serialize(Archive& archive, Optimizer& optimizer) {
  std::vector<std::unique_ptr<OptimizerOptions>> options;
  typename Optimizer::StateMap states;
  int64_t number = 0;
  Archive saved;
  for (size_t g = 0; archive.try_read("param_groups." + std::to_string(g), saved); ++g) {
    if (g >= optimizer.param_groups().size()) {
      options.emplace_back();
      continue;
    }
    const auto& group = optimizer.param_groups()[g];
    lampas::Tensor params;
    saved.read("params", params);
    TORCH_CHECK(params.numel() == static_cast<int64_t>(group.params().size()),
                "loaded state dict contains a parameter group that has a different size (", params.numel(),
                ") than the optimizer's parameter group (", group.params().size(), ")");
    options.push_back(group.options().clone());
    static_cast<Options&>(*options.back()).serialize(saved);
    for (const lampas::Tensor& p : group.params()) {
      Archive fields;
      if (!archive.try_read("state." + std::to_string(number++), fields)) continue;
      auto state = std::make_unique<ParamState>();
      state->serialize(fields);
      states[p.unsafeGetTensorImpl()] = std::move(state);
    }
  }
  TORCH_CHECK(options.size() == optimizer.param_groups().size(),
              "loaded state dict has a different number of parameter groups (", options.size(),
              ") than the optimizer (", optimizer.param_groups().size(), ")");
  for (size_t g = 0; g < options.size(); ++g) optimizer.param_groups()[g].set_options(std::move(options[g]));
  optimizer.state() = std::move(states);
}

/// A number, numbers in a vector, or tensors in a container.
template <class Archive, class T, std::enable_if_t<std::is_same_v<Archive, torch::serialize::OutputArchive>, int> = 0>
void serialize(Archive& archive, const std::string& key, const T& value) {
  if constexpr (std::is_same_v<T, int64_t> || std::is_same_v<T, std::vector<int64_t>>)
    archive.write(key, lampas::IValue(value));
  else
    archive.write(key, lampas::IValue(std::vector<lampas::Tensor>(value.begin(), value.end())));
}
template <class Archive, class T, std::enable_if_t<std::is_same_v<Archive, torch::serialize::InputArchive>, int> = 0>
void serialize(Archive& archive, const std::string& key, T& value) {
  lampas::IValue stored;
  archive.read(key, stored);
  if constexpr (std::is_same_v<T, int64_t> || std::is_same_v<T, std::vector<int64_t>>) {
    value = stored.to<T>();
  } else {
    const auto tensors = stored.toTensorVector();
    value.assign(tensors.begin(), tensors.end());
  }
}

template <class T>
lampas::List<T> deque_to_list(const std::deque<T>& elements) {
  return lampas::List<T>(elements.begin(), elements.end());
}
template <class T>
std::deque<T> list_to_deque(const lampas::List<T>& list) {
  return std::deque<T>(list.begin(), list.end());
}

}  // namespace torch::optim

#define _TORCH_OPTIM_SERIALIZE(name) torch::optim::serialize(archive, #name, self.name)
#define _TORCH_OPTIM_SERIALIZE_WITH_TEMPLATE_ARG(OptimizerName) \
  torch::optim::serialize<OptimizerName##ParamState, OptimizerName##Options>(archive, self)
#define _TORCH_OPTIM_SERIALIZE_TORCH_ARG(name)                                                          \
  {                                                                                                     \
    const auto ivalue = torch::IValue(name());                                                          \
    if (!ivalue.isTensor() || ivalue.toTensor().defined()) archive.write(#name, torch::IValue(ivalue)); \
  }
#define _TORCH_OPTIM_SERIALIZE_TORCH_ARG_DEQUE(name) \
  archive.write(#name, torch::IValue(torch::optim::deque_to_list(name())));
/// An undefined tensor is not stored, everything else must be there.
#define _TORCH_OPTIM_DESERIALIZE_TORCH_ARG(T, name)                                                                   \
  {                                                                                                                   \
    torch::IValue ivalue;                                                                                             \
    if (archive.try_read(#name, ivalue))                                                                              \
      name(ivalue.to<T>());                                                                                           \
    else                                                                                                              \
      TORCH_CHECK((std::is_base_of<torch::Tensor, T>::value), "load: the archive does not have a field '" #name "'"); \
  }
#define _TORCH_OPTIM_DESERIALIZE_TORCH_ARG_OPTIONAL(T, name)           \
  {                                                                    \
    torch::IValue ivalue;                                              \
    if (archive.try_read(#name, ivalue)) name(ivalue.toOptional<T>()); \
  }
#define _TORCH_OPTIM_DESERIALIZE_TORCH_ARG_DEQUE(T, name)                     \
  {                                                                           \
    torch::IValue ivalue;                                                     \
    archive.read(#name, ivalue);                                              \
    name(torch::optim::list_to_deque(ivalue.to<c10::List<T::value_type>>())); \
  }
