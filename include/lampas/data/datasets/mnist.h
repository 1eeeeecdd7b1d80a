#pragma once

#include <string>

#include "lampas/data/datasets/base.h"

namespace lampas::data::datasets {

/// The MNIST handwritten digits (Y. LeCun, C. Cortes, C. Burges; http://yann.lecun.com/exdb/mnist): 60,000 training and
/// 10,000 test images of 28 x 28. Reads the four IDX files from `root`, plain or gzipped (names with or without ".gz").
/// A file that is missing, truncated, corrupt or not of the expected kind throws Error naming it.
class LAMPAS_API MNIST : public Dataset<MNIST> {
 public:
  enum class Mode { kTrain, kTest };
  explicit MNIST(const std::string& root, Mode mode = Mode::kTrain);
  /// image float32 (1, 28, 28) in [0, 1], target int64 0-d.
  Example<> get(size_t index) override;
  std::optional<size_t> size() const override;
  bool is_train() const noexcept;
  /// All images (N, 1, 28, 28) and targets (N).
  const Tensor& images() const;
  const Tensor& targets() const;

 private:
  Tensor images_, targets_;
  Mode mode_;
};

}  // namespace lampas::data::datasets
