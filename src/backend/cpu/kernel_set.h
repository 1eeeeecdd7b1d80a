#pragma once

namespace lampas::cpu {

/// A function that fills the kernel slots of one `_cpu.cpp` file for the instruction set Highway chose; one a file, by
/// LAMPAS_KERNEL_SET or at namespace scope. It runs at load time (slots are constant-initialised, so the order of files
/// does not matter), and the slots then hold direct pointers: no dispatch per call.
class KernelSet {
 public:
  explicit KernelSet(void (*fill)()) : fill_(fill), next_(head_) {
    head_ = this;
    fill();
  }
  KernelSet(const KernelSet&) = delete;
  KernelSet& operator=(const KernelSet&) = delete;

  /// Fills every slot again: tests call it after hwy::SetSupportedTargetsForTest. Not safe while kernels run elsewhere.
  static void refill_all() {
    for (const KernelSet* s = head_; s; s = s->next_) s->fill_();
  }

 private:
  void (*fill_)();
  const KernelSet* next_;
  inline static const KernelSet* head_ = nullptr;
};

}  // namespace lampas::cpu

/// The set of a file whose slots lampas::HWY_NAMESPACE::fill() fills. At the end of the file, in `#if HWY_ONCE`.
#define LAMPAS_KERNEL_SET(fill)                                       \
  namespace lampas {                                                  \
  namespace {                                                         \
  HWY_EXPORT(fill);                                                   \
  const cpu::KernelSet kernels{[] { HWY_DYNAMIC_DISPATCH(fill)(); }}; \
  }                                                                   \
  }                                                                   \
  static_assert(true)
