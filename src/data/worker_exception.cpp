#include "lampas/data/worker_exception.h"

namespace lampas::data {

namespace {
std::string text_of(const std::exception_ptr& original) {
  std::string text = "Caught exception in DataLoader worker thread.";
  try {
    std::rethrow_exception(original);
  } catch (const std::exception& e) {
    text += std::string(" Original message: ") + e.what();
  } catch (...) {
    // Not a std::exception: there is no message.
  }
  return text;
}
}  // namespace

WorkerException::WorkerException(std::exception_ptr original)
    : Error(text_of(original)), original_exception(std::move(original)) {}
WorkerException::~WorkerException() = default;

}  // namespace lampas::data
