// name_out(out, ...) of ops/reduce.h, ops/scan.h, ops/sort.h, ops/softmax.h, ops/pointwise.h, ops/activation.h,
// ops/products.h.
#include "lampas/ops/activation.h"
#include "lampas/ops/out.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/products.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/scan.h"
#include "lampas/ops/softmax.h"
#include "lampas/ops/sort.h"
#include "ops/out.h"

namespace lampas {

// ---- ops/reduce.h
std::tuple<Tensor&, Tensor&> aminmax_out(Tensor& min, Tensor& max, const Tensor& x, std::optional<int64_t> dim,
                                         bool keepdim) {
  return exact_outs("aminmax", std::tie(min, max), lampas::aminmax(x, dim, keepdim));
}
Tensor& count_nonzero_out(Tensor& out, const Tensor& x, IntArrayRef dim) {
  return exact_out("count_nonzero", out, lampas::count_nonzero(x, dim));
}
Tensor& count_nonzero_out(Tensor& out, const Tensor& x, std::optional<int64_t> dim) {
  return exact_out("count_nonzero", out, lampas::count_nonzero(x, dim));
}
Tensor& dist_out(Tensor& out, const Tensor& a, const Tensor& b, const Scalar& p) {
  return exact_out("dist", out, lampas::dist(a, b, p));
}
Tensor& frobenius_norm_out(Tensor& out, const Tensor& x, IntArrayRef dim, bool keepdim) {
  return exact_out("frobenius_norm", out, lampas::frobenius_norm(x, dim, keepdim));
}
Tensor& nanmean_out(Tensor& out, const Tensor& x, OptionalIntArrayRef dim, bool keepdim,
                    std::optional<ScalarType> dtype) {
  return exact_out("nanmean", out, lampas::nanmean(x, dim, keepdim, dtype));
}
Tensor& norm_out(Tensor& out, const Tensor& x, const std::optional<Scalar>& p, IntArrayRef dim, bool keepdim,
                 ScalarType dtype) {
  return result_out("norm", out, lampas::norm(x, p, dim, keepdim, dtype));
}
Tensor& norm_out(Tensor& out, const Tensor& x, const std::optional<Scalar>& p, ScalarType dtype) {
  return result_out("norm", out, lampas::norm(x, p, dtype));
}
Tensor& prod_out(Tensor& out, const Tensor& x, std::optional<ScalarType> dtype) {
  return result_out("prod", out, lampas::prod(x, dtype));
}
Tensor& renorm_out(Tensor& out, const Tensor& x, const Scalar& p, int64_t dim, const Scalar& maxnorm) {
  return exact_out("renorm", out, lampas::renorm(x, p, dim, maxnorm));
}
Tensor& std_out(Tensor& out, const Tensor& x, OptionalIntArrayRef dim, std::optional<int64_t> correction,
                bool keepdim) {
  return result_out("std", out, lampas::std(x, dim, correction, keepdim));
}
std::tuple<Tensor&, Tensor&> std_mean_out(Tensor& out0, Tensor& out1, const Tensor& x, OptionalIntArrayRef dim,
                                          std::optional<int64_t> correction, bool keepdim) {
  return exact_outs("std_mean", std::tie(out0, out1), lampas::std_mean(x, dim, correction, keepdim));
}
Tensor& sum_out(Tensor& out, const Tensor& x, std::optional<ScalarType> dtype) {
  return result_out("sum", out, lampas::sum(x, dtype));
}
Tensor& var_out(Tensor& out, const Tensor& x, OptionalIntArrayRef dim, std::optional<int64_t> correction,
                bool keepdim) {
  return result_out("var", out, lampas::var(x, dim, correction, keepdim));
}
std::tuple<Tensor&, Tensor&> var_mean_out(Tensor& out0, Tensor& out1, const Tensor& x, OptionalIntArrayRef dim,
                                          std::optional<int64_t> correction, bool keepdim) {
  return exact_outs("var_mean", std::tie(out0, out1), lampas::var_mean(x, dim, correction, keepdim));
}

// ---- ops/scan.h
Tensor& diff_out(Tensor& out, const Tensor& x, int64_t n, int64_t dim, const std::optional<Tensor>& prepend,
                 const std::optional<Tensor>& append) {
  return exact_out("diff", out, lampas::diff(x, n, dim, prepend, append));
}

// ---- ops/sort.h
std::tuple<Tensor&, Tensor&> _unique_out(Tensor& out0, Tensor& out1, const Tensor& x, bool sorted,
                                         bool return_inverse) {
  return exact_outs("_unique", std::tie(out0, out1), lampas::_unique(x, sorted, return_inverse));
}
std::tuple<Tensor&, Tensor&, Tensor&> _unique2_out(Tensor& out0, Tensor& out1, Tensor& out2, const Tensor& x,
                                                   bool sorted, bool return_inverse, bool return_counts) {
  return exact_outs("_unique2", std::tie(out0, out1, out2), lampas::_unique2(x, sorted, return_inverse, return_counts));
}
Tensor& argsort_out(Tensor& out, const Tensor& x, bool stable, int64_t dim, bool descending) {
  return exact_out("argsort", out, lampas::argsort(x, stable, dim, descending));
}
Tensor& bincount_out(Tensor& out, const Tensor& x, const std::optional<Tensor>& weights, int64_t minlength) {
  return exact_out("bincount", out, lampas::bincount(x, weights, minlength));
}
Tensor& bucketize_out(Tensor& out, const Tensor& values, const Tensor& boundaries, bool out_int32, bool right) {
  return exact_out("bucketize", out, lampas::bucketize(values, boundaries, out_int32, right));
}
Tensor& bucketize_out(Tensor& out, const Scalar& value, const Tensor& boundaries, bool out_int32, bool right) {
  return exact_out("bucketize", out, lampas::bucketize(value, boundaries, out_int32, right));
}
Tensor& histc_out(Tensor& out, const Tensor& x, int64_t bins, const Scalar& min, const Scalar& max) {
  return exact_out("histc", out, lampas::histc(x, bins, min, max));
}
std::tuple<Tensor&, Tensor&> histogram_out(Tensor& hist, Tensor& edges, const Tensor& x, int64_t bins,
                                           std::optional<ArrayRef<double>> range, const std::optional<Tensor>& weight,
                                           bool density) {
  return exact_outs("histogram", std::tie(hist, edges), lampas::histogram(x, bins, range, weight, density));
}
std::tuple<Tensor&, Tensor&> histogram_out(Tensor& hist, Tensor& edges, const Tensor& x, const Tensor& bins,
                                           const std::optional<Tensor>& weight, bool density) {
  return exact_outs("histogram", std::tie(hist, edges), lampas::histogram(x, bins, weight, density));
}
Tensor& isin_out(Tensor& out, const Tensor& elements, const Tensor& test_elements, bool assume_unique, bool invert) {
  return exact_out("isin", out, lampas::isin(elements, test_elements, assume_unique, invert));
}
std::tuple<Tensor&, Tensor&> kthvalue_out(Tensor& values, Tensor& indices, const Tensor& x, int64_t k, int64_t dim,
                                          bool keepdim) {
  return exact_outs("kthvalue", std::tie(values, indices), lampas::kthvalue(x, k, dim, keepdim));
}
std::tuple<Tensor&, Tensor&> median_out(Tensor& values, Tensor& indices, const Tensor& x, int64_t dim, bool keepdim) {
  return exact_outs("median", std::tie(values, indices), lampas::median(x, dim, keepdim));
}
Tensor& median_out(Tensor& out, const Tensor& x) { return exact_out("median", out, lampas::median(x)); }
std::tuple<Tensor&, Tensor&> mode_out(Tensor& values, Tensor& indices, const Tensor& x, int64_t dim, bool keepdim) {
  return exact_outs("mode", std::tie(values, indices), lampas::mode(x, dim, keepdim));
}
Tensor& msort_out(Tensor& out, const Tensor& x) { return exact_out("msort", out, lampas::msort(x)); }
std::tuple<Tensor&, Tensor&> nanmedian_out(Tensor& values, Tensor& indices, const Tensor& x, int64_t dim,
                                           bool keepdim) {
  return exact_outs("nanmedian", std::tie(values, indices), lampas::nanmedian(x, dim, keepdim));
}
Tensor& nanmedian_out(Tensor& out, const Tensor& x) { return exact_out("nanmedian", out, lampas::nanmedian(x)); }
Tensor& nanquantile_out(Tensor& out, const Tensor& x, const Tensor& q, std::optional<int64_t> dim, bool keepdim,
                        std::string_view interpolation) {
  return exact_out("nanquantile", out, lampas::nanquantile(x, q, dim, keepdim, interpolation));
}
Tensor& nanquantile_out(Tensor& out, const Tensor& x, double q, std::optional<int64_t> dim, bool keepdim,
                        std::string_view interpolation) {
  return exact_out("nanquantile", out, lampas::nanquantile(x, q, dim, keepdim, interpolation));
}
Tensor& quantile_out(Tensor& out, const Tensor& x, const Tensor& q, std::optional<int64_t> dim, bool keepdim,
                     std::string_view interpolation) {
  return exact_out("quantile", out, lampas::quantile(x, q, dim, keepdim, interpolation));
}
Tensor& quantile_out(Tensor& out, const Tensor& x, double q, std::optional<int64_t> dim, bool keepdim,
                     std::string_view interpolation) {
  return exact_out("quantile", out, lampas::quantile(x, q, dim, keepdim, interpolation));
}
Tensor& searchsorted_out(Tensor& out, const Tensor& sorted_sequence, const Tensor& values, bool out_int32, bool right,
                         std::optional<std::string_view> side, const std::optional<Tensor>& sorter) {
  return exact_out("searchsorted", out, lampas::searchsorted(sorted_sequence, values, out_int32, right, side, sorter));
}
Tensor& searchsorted_out(Tensor& out, const Tensor& sorted_sequence, const Scalar& value, bool out_int32, bool right,
                         std::optional<std::string_view> side, const std::optional<Tensor>& sorter) {
  return exact_out("searchsorted", out, lampas::searchsorted(sorted_sequence, value, out_int32, right, side, sorter));
}
std::tuple<Tensor&, Tensor&> sort_out(Tensor& values, Tensor& indices, const Tensor& x, std::optional<bool> stable,
                                      int64_t dim, bool descending) {
  return exact_outs("sort", std::tie(values, indices), lampas::sort(x, stable, dim, descending));
}
std::tuple<Tensor&, Tensor&, Tensor&> unique_consecutive_out(Tensor& out0, Tensor& out1, Tensor& out2, const Tensor& x,
                                                             bool return_inverse, bool return_counts,
                                                             std::optional<int64_t> dim) {
  return exact_outs("unique_consecutive", std::tie(out0, out1, out2),
                    lampas::unique_consecutive(x, return_inverse, return_counts, dim));
}
std::tuple<Tensor&, Tensor&, Tensor&> unique_dim_out(Tensor& out0, Tensor& out1, Tensor& out2, const Tensor& x,
                                                     int64_t dim, bool sorted, bool return_inverse,
                                                     bool return_counts) {
  return exact_outs("unique_dim", std::tie(out0, out1, out2),
                    lampas::unique_dim(x, dim, sorted, return_inverse, return_counts));
}
std::tuple<Tensor&, Tensor&, Tensor&> unique_dim_consecutive_out(Tensor& out0, Tensor& out1, Tensor& out2,
                                                                 const Tensor& x, int64_t dim, bool return_inverse,
                                                                 bool return_counts) {
  return exact_outs("unique_dim_consecutive", std::tie(out0, out1, out2),
                    lampas::unique_dim_consecutive(x, dim, return_inverse, return_counts));
}

// ---- ops/softmax.h
Tensor& log_softmax_out(Tensor& out, const Tensor& x, int64_t dim, std::optional<ScalarType> dtype) {
  return exact_out("log_softmax", out, lampas::log_softmax(x, dim, dtype));
}
Tensor& softmax_out(Tensor& out, const Tensor& x, int64_t dim, std::optional<ScalarType> dtype) {
  return exact_out("softmax", out, lampas::softmax(x, dim, dtype));
}

// ---- ops/pointwise.h
Tensor& rsub_out(Tensor& out, const Tensor& a, const Tensor& b, const Scalar& alpha) {
  return exact_out("rsub", out, lampas::rsub(a, b, alpha));
}
Tensor& rsub_out(Tensor& out, const Tensor& a, const Scalar& b, const Scalar& alpha) {
  return exact_out("rsub", out, lampas::rsub(a, b, alpha));
}

// ---- ops/activation.h
Tensor& celu_out(Tensor& out, const Tensor& x, const Scalar& alpha) {
  return exact_out("celu", out, lampas::celu(x, alpha));
}
Tensor& prelu_out(Tensor& out, const Tensor& x, const Tensor& weight) {
  return exact_out("prelu", out, lampas::prelu(x, weight));
}
Tensor& relu_out(Tensor& out, const Tensor& x) { return exact_out("relu", out, lampas::relu(x)); }

// ---- ops/products.h
Tensor& addbmm_out(Tensor& out, const Tensor& input, const Tensor& batch1, const Tensor& batch2, const Scalar& beta,
                   const Scalar& alpha) {
  return exact_out("addbmm", out, lampas::addbmm(input, batch1, batch2, beta, alpha));
}
Tensor& addmv_out(Tensor& out, const Tensor& input, const Tensor& mat, const Tensor& vec, const Scalar& beta,
                  const Scalar& alpha) {
  return exact_out("addmv", out, lampas::addmv(input, mat, vec, beta, alpha));
}
Tensor& addr_out(Tensor& out, const Tensor& input, const Tensor& vec1, const Tensor& vec2, const Scalar& beta,
                 const Scalar& alpha) {
  return exact_out("addr", out, lampas::addr(input, vec1, vec2, beta, alpha));
}
Tensor& chain_matmul_out(Tensor& out, TensorList matrices) {
  return exact_out("chain_matmul", out, lampas::chain_matmul(matrices));
}
Tensor& cross_out(Tensor& out, const Tensor& a, const Tensor& b, std::optional<int64_t> dim) {
  return exact_out("cross", out, lampas::cross(a, b, dim));
}
Tensor& ger_out(Tensor& out, const Tensor& a, const Tensor& b) { return exact_out("ger", out, lampas::ger(a, b)); }
Tensor& inner_out(Tensor& out, const Tensor& a, const Tensor& b) {
  return exact_out("inner", out, lampas::inner(a, b));
}
Tensor& kron_out(Tensor& out, const Tensor& a, const Tensor& b) { return exact_out("kron", out, lampas::kron(a, b)); }
Tensor& matrix_power_out(Tensor& out, const Tensor& x, int64_t n) {
  return exact_out("matrix_power", out, lampas::matrix_power(x, n));
}
Tensor& outer_out(Tensor& out, const Tensor& a, const Tensor& b) {
  return exact_out("outer", out, lampas::outer(a, b));
}
Tensor& tensordot_out(Tensor& out, const Tensor& a, const Tensor& b, IntArrayRef dims_a, IntArrayRef dims_b) {
  return exact_out("tensordot", out, lampas::tensordot(a, b, dims_a, dims_b));
}
Tensor& trace_out(Tensor& out, const Tensor& x) { return exact_out("trace", out, lampas::trace(x)); }
Tensor& vdot_out(Tensor& out, const Tensor& a, const Tensor& b) { return exact_out("vdot", out, lampas::vdot(a, b)); }

// ---- further forms
Tensor& all_out(Tensor& out, const Tensor& x) { return result_out("all", out, lampas::all(x)); }
Tensor& any_out(Tensor& out, const Tensor& x) { return result_out("any", out, lampas::any(x)); }

}  // namespace lampas
