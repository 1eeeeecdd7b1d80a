#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "lampas/base/array_ref.h"

namespace lampas {

/// How an accessor points at elements; LibTorch's programs name it, here there is one way.
template <class T>
struct DefaultPtrTraits {
  using PtrType = T*;
};

/// Unchecked strided access to elements: `a[i][j]`. Valid while the tensor it came from is.
template <class T, size_t N, template <class> class Traits = DefaultPtrTraits, class Index = int64_t>
class TensorAccessor {
 public:
  using PtrType = typename Traits<T>::PtrType;
  TensorAccessor(PtrType data, const Index* sizes, const Index* strides)
      : data_(data), sizes_(sizes), strides_(strides) {}
  /// The accessor of one dimension less; of the last, the element.
  decltype(auto) operator[](Index i) const {
    if constexpr (N == 1)
      return (data_[i * strides_[0]]);
    else
      return TensorAccessor<T, N - 1, Traits, Index>(data_ + i * strides_[0], sizes_ + 1, strides_ + 1);
  }
  Index size(Index d) const { return sizes_[d]; }
  Index stride(Index d) const { return strides_[d]; }
  ArrayRef<Index> sizes() const { return {sizes_, N}; }
  ArrayRef<Index> strides() const { return {strides_, N}; }
  PtrType data() const { return data_; }

 private:
  PtrType data_;
  const Index *sizes_, *strides_;
};

/// The same, with sizes and strides of its own: it may be handed to other threads and outlive the tensor's handle, not
/// its elements.
template <class T, size_t N, template <class> class Traits = DefaultPtrTraits, class Index = int64_t>
class GenericPackedTensorAccessor {
 public:
  using PtrType = typename Traits<T>::PtrType;
  template <class From>
  GenericPackedTensorAccessor(PtrType data, const From* sizes, const From* strides) : data_(data) {
    for (size_t d = 0; d < N; ++d) {
      sizes_[d] = static_cast<Index>(sizes[d]);
      strides_[d] = static_cast<Index>(strides[d]);
    }
  }
  decltype(auto) operator[](Index i) const { return TensorAccessor<T, N, Traits, Index>(data_, sizes_, strides_)[i]; }
  GenericPackedTensorAccessor transpose(Index d0, Index d1) const {
    const bool ok = d0 >= 0 && d0 < static_cast<Index>(N) && d1 >= 0 && d1 < static_cast<Index>(N);
    if (!ok)
      detail::array_ref_out_of_range(static_cast<int64_t>(d0 >= 0 && d0 < static_cast<Index>(N) ? d1 : d0),
                                     static_cast<int64_t>(N));
    GenericPackedTensorAccessor other(*this);
    other.sizes_[d0] = sizes_[d1], other.sizes_[d1] = sizes_[d0];
    other.strides_[d0] = strides_[d1], other.strides_[d1] = strides_[d0];
    return other;
  }
  Index size(Index d) const { return sizes_[d]; }
  Index stride(Index d) const { return strides_[d]; }
  PtrType data() const { return data_; }

 private:
  PtrType data_;
  Index sizes_[N], strides_[N];
};
template <class T, size_t N, template <class> class Traits = DefaultPtrTraits>
using PackedTensorAccessor32 = GenericPackedTensorAccessor<T, N, Traits, int32_t>;
template <class T, size_t N, template <class> class Traits = DefaultPtrTraits>
using PackedTensorAccessor64 = GenericPackedTensorAccessor<T, N, Traits, int64_t>;
template <class T, size_t N, template <class> class Traits = DefaultPtrTraits, class Index = int64_t>
using PackedTensorAccessor = GenericPackedTensorAccessor<T, N, Traits, Index>;

}  // namespace lampas
