#pragma once

#include <vector>

#include "torch/cuda.h"
#include "torch/nn.h"

/// torch::nn::parallel: a module over several devices. Here there is one, the CPU, which computes a batch in one piece
/// on all its cores.
namespace torch::nn::parallel {

/// Copies of a module, one a device.
template <class Module>
std::vector<std::shared_ptr<Module>> replicate(const std::shared_ptr<Module>& module,
                                               const std::vector<lampas::Device>& devices) {
  std::vector<std::shared_ptr<Module>> replicas;
  for (const lampas::Device& device : devices)
    replicas.push_back(std::dynamic_pointer_cast<Module>(module->clone(device)));
  return replicas;
}
template <class Module>
std::vector<lampas::nn::ModuleHolder<Module>> replicate(const lampas::nn::ModuleHolder<Module>& module,
                                                        const std::vector<lampas::Device>& devices) {
  std::vector<lampas::nn::ModuleHolder<Module>> replicas;
  for (auto& replica : replicate(module.ptr(), devices)) replicas.emplace_back(std::move(replica));
  return replicas;
}

/// The result of each module for its input.
template <class Module>
std::vector<lampas::Tensor> parallel_apply(std::vector<Module>& modules, const std::vector<lampas::Tensor>& inputs,
                                           const std::optional<std::vector<lampas::Device>>& devices = std::nullopt) {
  TORCH_CHECK(modules.size() == inputs.size(), "parallel_apply: Must have as many inputs as modules, got ",
              inputs.size(), " and ", modules.size());
  TORCH_CHECK(!devices || devices->size() == modules.size(),
              "parallel_apply: Must have as many devices as modules, got ", devices->size(), " and ", modules.size());
  std::vector<lampas::Tensor> outputs;
  for (size_t k = 0; k < modules.size(); ++k)
    outputs.push_back(modules[k]->forward(devices ? inputs[k].to((*devices)[k]) : inputs[k]));
  return outputs;
}

/// The result of the module, whose batch LibTorch would split along `dim`. Without devices it takes all of CUDA's, of
/// which there must be one.
template <class Module>
lampas::Tensor data_parallel(Module module, lampas::Tensor input,
                             std::optional<std::vector<lampas::Device>> devices = std::nullopt,
                             std::optional<lampas::Device> output_device = std::nullopt, int64_t dim = 0) {
  if (!devices) {
    devices.emplace();
    for (size_t k = 0; k < torch::cuda::device_count(); ++k)
      devices->emplace_back(lampas::kCUDA, static_cast<lampas::DeviceIndex>(k));
  }
  TORCH_CHECK(!devices->empty(), "data_parallel: Expected at least one CUDA device to be available");
  for (const lampas::Device& device : *devices)
    TORCH_CHECK(device.is_cpu(), "data_parallel: this library computes on the CPU, got device ", device);
  TORCH_CHECK(input.dim() == 0 || (dim < input.dim() && dim >= -input.dim()), "data_parallel: dim ", dim,
              " is out of range for input of size ", input.sizes());
  module->to(devices->front());
  return module->forward(input.to(devices->front())).to(output_device.value_or(devices->front()));
}

}  // namespace torch::nn::parallel
