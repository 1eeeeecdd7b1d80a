#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lampas/core/dtype.h"
#include "lampas/core/shape.h"

namespace lampas::serialize {

/// What a .npy file says of its array.
struct NpyHeader {
  size_t end = 0;             // the byte at which the elements begin
  ScalarType dtype = kFloat;  // of the tensor
  char kind = 'f';            // of the stored elements, as NumPy calls it: b, i, u, f, c
  uint8_t item = 4;           // bytes of a stored element
  bool big_endian = false;
  bool fortran_order = false;
  Shape sizes;
  uint64_t bytes = 0;  // of all elements, as stored
};

/// Enough of a file to tell where its header ends; no .npy file is shorter.
inline constexpr size_t kNpyStart = 12;

bool is_npy(const char* data, size_t size);

/// Where the header of a file that begins with `start` ends. Throws when it is not a .npy file of a known version.
uint64_t npy_header_end(std::string_view start, const std::string& name);

/// Reads the header, a Python dictionary, as data. `file` may go on behind it. Throws Error naming the file and the
/// defect; sizes do not overflow.
NpyHeader read_npy_header(std::string_view file, const std::string& name);

/// The header NumPy writes, up to where the elements begin, a multiple of 64. `what` names the tensor in the error
/// about a dtype that NumPy does not have.
std::string npy_header(ScalarType dtype, IntArrayRef sizes, bool fortran_order, const std::string& what);

}  // namespace lampas::serialize
