#pragma once

#include "lampas/tensor/tensor.h"

/// Order (https://pytorch.org/docs/stable/torch.html#comparison-ops). NaN counts as larger than every number. Sorting
/// is always stable: equal elements keep their order. Indices are int64. Gradients go to the elements picked.
namespace lampas {

/// Values in ascending (descending) order along `dim`, and where they were.
LAMPAS_API std::tuple<Tensor, Tensor> sort(const Tensor& x, int64_t dim = -1, bool descending = false);
LAMPAS_API std::tuple<Tensor, Tensor> sort(const Tensor& x, std::optional<bool> stable, int64_t dim = -1,
                                           bool descending = false);
LAMPAS_API std::tuple<Tensor&, Tensor&> sort_out(Tensor& values, Tensor& indices, const Tensor& x, int64_t dim = -1,
                                                 bool descending = false);
LAMPAS_API Tensor argsort(const Tensor& x, int64_t dim = -1, bool descending = false);
LAMPAS_API Tensor argsort(const Tensor& x, bool stable, int64_t dim = -1, bool descending = false);
/// Sorted along dimension 0.
LAMPAS_API Tensor msort(const Tensor& x);
/// The k largest (smallest) along `dim`, in order (always: `sorted` only allows not to), and where they are.
LAMPAS_API std::tuple<Tensor, Tensor> topk(const Tensor& x, int64_t k, int64_t dim = -1, bool largest = true,
                                           bool sorted = true);
LAMPAS_API std::tuple<Tensor&, Tensor&> topk_out(Tensor& values, Tensor& indices, const Tensor& x, int64_t k,
                                                 int64_t dim = -1, bool largest = true, bool sorted = true);
/// The k-th smallest (from 1) along `dim`, and where it is.
LAMPAS_API std::tuple<Tensor, Tensor> kthvalue(const Tensor& x, int64_t k, int64_t dim = -1, bool keepdim = false);
/// The middle value, the lower of two; NaN if there is one (nanmedian: of those that are not).
LAMPAS_API Tensor median(const Tensor& x);
LAMPAS_API std::tuple<Tensor, Tensor> median(const Tensor& x, int64_t dim, bool keepdim = false);
LAMPAS_API Tensor nanmedian(const Tensor& x);
LAMPAS_API std::tuple<Tensor, Tensor> nanmedian(const Tensor& x, int64_t dim, bool keepdim = false);
/// The most frequent value along `dim` (the smallest of several), and its last position.
LAMPAS_API std::tuple<Tensor, Tensor> mode(const Tensor& x, int64_t dim = -1, bool keepdim = false);
/// The values below which a fraction q of the elements lies, along `dim` (of all without). interpolation between two
/// elements: "linear", "lower", "higher", "nearest" or "midpoint". nanquantile leaves NaN out. float32 and float64.
LAMPAS_API Tensor quantile(const Tensor& x, const Tensor& q, std::optional<int64_t> dim = std::nullopt,
                           bool keepdim = false, std::string_view interpolation = "linear");
LAMPAS_API Tensor quantile(const Tensor& x, double q, std::optional<int64_t> dim = std::nullopt, bool keepdim = false,
                           std::string_view interpolation = "linear");
LAMPAS_API Tensor nanquantile(const Tensor& x, const Tensor& q, std::optional<int64_t> dim = std::nullopt,
                              bool keepdim = false, std::string_view interpolation = "linear");
LAMPAS_API Tensor nanquantile(const Tensor& x, double q, std::optional<int64_t> dim = std::nullopt,
                              bool keepdim = false, std::string_view interpolation = "linear");

/// The different elements in ascending order; on request the place of every element among them, and how often each
/// occurs (else an empty tensor).
LAMPAS_API std::tuple<Tensor, Tensor, Tensor> _unique2(const Tensor& x, bool sorted = true, bool return_inverse = false,
                                                       bool return_counts = false);
LAMPAS_API std::tuple<Tensor, Tensor> _unique(const Tensor& x, bool sorted = true, bool return_inverse = false);
/// The same for slices along `dim`, ordered lexicographically.
LAMPAS_API std::tuple<Tensor, Tensor, Tensor> unique_dim(const Tensor& x, int64_t dim, bool sorted = true,
                                                         bool return_inverse = false, bool return_counts = false);
/// Only neighbours are compared: runs of equal elements (slices along `dim`) become one.
LAMPAS_API std::tuple<Tensor, Tensor, Tensor> unique_consecutive(const Tensor& x, bool return_inverse = false,
                                                                 bool return_counts = false,
                                                                 std::optional<int64_t> dim = std::nullopt);
LAMPAS_API std::tuple<Tensor, Tensor, Tensor> unique_dim_consecutive(const Tensor& x, int64_t dim,
                                                                     bool return_inverse = false,
                                                                     bool return_counts = false);

/// Where values would be inserted into a sequence ascending along its last dimension (one for all values, or one for
/// each row): before equal elements, or after them with right (side "right"). `sorter` gives the order of an unsorted
/// one. int64, or int32 with out_int32.
LAMPAS_API Tensor searchsorted(const Tensor& sorted_sequence, const Tensor& values, bool out_int32 = false,
                               bool right = false, std::optional<std::string_view> side = std::nullopt,
                               const std::optional<Tensor>& sorter = {});
LAMPAS_API Tensor searchsorted(const Tensor& sorted_sequence, const Scalar& value, bool out_int32 = false,
                               bool right = false, std::optional<std::string_view> side = std::nullopt,
                               const std::optional<Tensor>& sorter = {});
LAMPAS_API Tensor bucketize(const Tensor& values, const Tensor& boundaries, bool out_int32 = false, bool right = false);
LAMPAS_API Tensor bucketize(const Scalar& value, const Tensor& boundaries, bool out_int32 = false, bool right = false);

/// Number of elements in each of `bins` equal parts of [min, max], which is the range of the elements when both are
/// equal. Elements outside (and NaN) are not counted. Of x's dtype.
LAMPAS_API Tensor histc(const Tensor& x, int64_t bins = 100, const Scalar& min = 0, const Scalar& max = 0);
/// Number of elements (or sum of the weights of those) between neighbouring edges, the last one included: `bins` equal
/// parts of `range`, which is that of the elements unless given, or ascending edges. With `density` divided by their
/// total and the widths. NaN is not counted. The counts and the edges, of x's dtype (float32, float64). Not
/// differentiable.
LAMPAS_API std::tuple<Tensor, Tensor> histogram(const Tensor& x, int64_t bins = 100,
                                                std::optional<ArrayRef<double>> range = std::nullopt,
                                                const std::optional<Tensor>& weight = {}, bool density = false);
LAMPAS_API std::tuple<Tensor, Tensor> histogram(const Tensor& x, const Tensor& bins,
                                                const std::optional<Tensor>& weight = {}, bool density = false);
/// The same for points, x's rows of D coordinates: a D-dimensional array of counts, and the edges of each coordinate.
/// `bins` is the number of parts of every coordinate's range, one number for each, or the edges of each; `range` is
/// lowest and highest of the first coordinate, then of the second, ...
LAMPAS_API std::tuple<Tensor, std::vector<Tensor>> histogramdd(const Tensor& x, int64_t bins,
                                                               std::optional<ArrayRef<double>> range = std::nullopt,
                                                               const std::optional<Tensor>& weight = {},
                                                               bool density = false);
LAMPAS_API std::tuple<Tensor, std::vector<Tensor>> histogramdd(const Tensor& x, IntArrayRef bins,
                                                               std::optional<ArrayRef<double>> range = std::nullopt,
                                                               const std::optional<Tensor>& weight = {},
                                                               bool density = false);
LAMPAS_API std::tuple<Tensor, std::vector<Tensor>> histogramdd(const Tensor& x, TensorList bins,
                                                               const std::optional<Tensor>& weight = {},
                                                               bool density = false);
/// Number of times (or sum of the weights of) each value of a vector of integers that are not negative.
LAMPAS_API Tensor bincount(const Tensor& x, const std::optional<Tensor>& weights = {}, int64_t minlength = 0);
/// Whether each element is among test_elements.
LAMPAS_API Tensor isin(const Tensor& elements, const Tensor& test_elements, bool assume_unique = false,
                       bool invert = false);
LAMPAS_API Tensor isin(const Tensor& elements, const Scalar& test_element, bool assume_unique = false,
                       bool invert = false);
LAMPAS_API Tensor isin(const Scalar& element, const Tensor& test_elements, bool assume_unique = false,
                       bool invert = false);

}  // namespace lampas
