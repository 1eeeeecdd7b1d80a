#pragma once

#include <exception>

#include "lampas/base/error.h"

namespace lampas::data {

/// An exception that a dataset threw in a worker thread of a DataLoader.
struct LAMPAS_API WorkerException : public Error {
  explicit WorkerException(std::exception_ptr original);
  ~WorkerException() override;
  std::exception_ptr original_exception;
};

}  // namespace lampas::data
