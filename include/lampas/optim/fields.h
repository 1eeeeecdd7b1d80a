#pragma once

#include <deque>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "lampas/tensor/tensor.h"

namespace lampas::optim {

/// Sees the named fields of an optimizer's options or state, to save, load or print them. A class shows each field in
/// its `visit`: `v.field("lr", lr())`.
class LAMPAS_API FieldVisitor {
 public:
  virtual ~FieldVisitor();
  virtual void field(const char* name, double& value) = 0;
  virtual void field(const char* name, int64_t& value) = 0;
  virtual void field(const char* name, bool& value) = 0;
  virtual void field(const char* name, std::tuple<double, double>& value) = 0;
  virtual void field(const char* name, std::optional<int64_t>& value) = 0;
  virtual void field(const char* name, std::optional<std::string>& value) = 0;
  /// An undefined tensor counts as absent.
  virtual void field(const char* name, Tensor& value) = 0;
  virtual void field(const char* name, std::deque<Tensor>& value) = 0;
  virtual void field(const char* name, std::optional<std::vector<Tensor>>& value) = 0;
};

}  // namespace lampas::optim
