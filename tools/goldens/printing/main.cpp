// Prints every case of tests/tensor/printing_cases.h with LibTorch: the golden file of tests/tensor/printing_test.cpp.
#include <torch/torch.h>

#include <iostream>
#include <sstream>

#define LAMPAS_CASES_LIB torch
#include "tensor/printing_cases.h"

int main() {
  for (const auto& c : printing_cases::cases()) {
    std::ostringstream os;
    if (c.linesize == 80)
      os << c.tensor;
    else
      torch::print(os, c.tensor, c.linesize);
    const std::string text = os.str();
    std::cout << "=== " << c.name << "\n" << text << "\n";
  }
}
