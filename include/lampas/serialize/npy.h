#pragma once

#include <iosfwd>
#include <string>

#include "lampas/base/ordered_dict.h"
#include "lampas/tensor/tensor.h"

/// NumPy's files (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): one array in a .npy file,
/// named arrays in an .npz archive.
///
/// | NumPy                                          | lampas                                               |
/// | ---------------------------------------------- | ---------------------------------------------------- |
/// | bool, int8 to int64, uint8                     | the same                                             |
/// | float16, float32, float64                      | the same                                             |
/// | complex64, complex128                          | the same                                             |
/// | uint16, uint32                                 | int32, int64, which hold every value (when loading)  |
/// | uint64, longdouble, text, dates, structures... | none: loading throws and names the dtype             |
/// | none                                           | bfloat16: saving throws; convert to float32          |
///
/// Data only: an array of Python objects is a pickle, which is never read. A bool that is neither 0 nor 1 throws.
namespace lampas::serialize {

/// Reads an array, of any version of the format, byte order and memory order (an array in Fortran's order keeps it, in
/// its strides). The file is mapped and the tensor shares the mapping (copy on write: changing it does not change the
/// file) unless elements must be converted. Every length is checked before it is used; a file that is cut, padded or
/// otherwise not exactly what its header says throws Error naming the file, what was expected and what is there.
LAMPAS_API Tensor load_npy(const std::string& path);
/// Reads one array and leaves the stream behind it, so that arrays written one after the other are read so.
LAMPAS_API Tensor load_npy(std::istream& in);
/// The same from memory, which is copied.
LAMPAS_API Tensor load_npy(const char* data, size_t size, const std::string& name = "memory");

/// Writes an array as NumPy does: in Fortran's order when it lies so in memory, otherwise in C's. Saving to a path (to
/// which no ".npy" is added) is atomic: on failure what was there is untouched.
LAMPAS_API void save_npy(const std::string& path, const Tensor& tensor);
LAMPAS_API void save_npy(std::ostream& out, const Tensor& tensor);

/// Reads the arrays of an archive of numpy.savez or numpy.savez_compressed under their names, in the file's order. One
/// array that cannot be read is an Error that names it.
LAMPAS_API OrderedDict<std::string, Tensor> load_npz(const std::string& path);
LAMPAS_API OrderedDict<std::string, Tensor> load_npz(std::istream& in);
LAMPAS_API OrderedDict<std::string, Tensor> load_npz(const char* data, size_t size, const std::string& name = "memory");

/// Writes such an archive, `compressed` as savez_compressed does. Names must be distinct, of at most 65531 bytes
/// without a null character.
LAMPAS_API void save_npz(const std::string& path, const OrderedDict<std::string, Tensor>& tensors,
                         bool compressed = false);
LAMPAS_API void save_npz(std::ostream& out, const OrderedDict<std::string, Tensor>& tensors, bool compressed = false);

}  // namespace lampas::serialize
