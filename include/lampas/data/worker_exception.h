#pragma once

#include <exception>
#include <string>

#include "lampas/base/export.h"

namespace lampas::data {

/// An exception that a dataset threw in a worker thread of a DataLoader.
struct LAMPAS_API WorkerException : public std::exception {
  explicit WorkerException(std::exception_ptr original);
  ~WorkerException() override;
  const char* what() const noexcept override { return message.c_str(); }
  std::exception_ptr original_exception;
  std::string message;
};

}  // namespace lampas::data
