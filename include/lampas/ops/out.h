#pragma once

#include "lampas/ops/index.h"
#include "lampas/ops/random.h"
#include "lampas/tensor/tensor.h"

/// `name_out(out, ...)` of functions that have no kernel writing in place: the result of `name(...)` goes into `out`,
/// which is returned. (Those that have one stand beside their functions, and convert to out's dtype.) `out` must have
/// the result's dtype; functions that make tensors of given sizes take out's. It is resized to the result, with a
/// warning if it had elements and another shape. Not recorded: neither out nor an input may require a gradient while
/// recording is on. `out` may be an input. After an error it is as it was.
namespace lampas {

// ---- of ops/reduce.h
LAMPAS_API std::tuple<Tensor&, Tensor&> aminmax_out(Tensor& min, Tensor& max, const Tensor& x,
                                                    std::optional<int64_t> dim = std::nullopt, bool keepdim = false);
LAMPAS_API Tensor& count_nonzero_out(Tensor& out, const Tensor& x, IntArrayRef dim);
LAMPAS_API Tensor& count_nonzero_out(Tensor& out, const Tensor& x, std::optional<int64_t> dim = std::nullopt);
LAMPAS_API Tensor& dist_out(Tensor& out, const Tensor& a, const Tensor& b, const Scalar& p = 2);
LAMPAS_API Tensor& frobenius_norm_out(Tensor& out, const Tensor& x, IntArrayRef dim, bool keepdim = false);
LAMPAS_API Tensor& nanmean_out(Tensor& out, const Tensor& x, OptionalIntArrayRef dim = std::nullopt,
                               bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor& norm_out(Tensor& out, const Tensor& x, const std::optional<Scalar>& p, IntArrayRef dim, bool keepdim,
                            ScalarType dtype);
LAMPAS_API Tensor& norm_out(Tensor& out, const Tensor& x, const std::optional<Scalar>& p, ScalarType dtype);
LAMPAS_API Tensor& prod_out(Tensor& out, const Tensor& x, std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor& renorm_out(Tensor& out, const Tensor& x, const Scalar& p, int64_t dim, const Scalar& maxnorm);
LAMPAS_API Tensor& std_out(Tensor& out, const Tensor& x, OptionalIntArrayRef dim, std::optional<int64_t> correction,
                           bool keepdim = false);
LAMPAS_API std::tuple<Tensor&, Tensor&> std_mean_out(Tensor& out0, Tensor& out1, const Tensor& x,
                                                     OptionalIntArrayRef dim, std::optional<int64_t> correction,
                                                     bool keepdim = false);
LAMPAS_API Tensor& sum_out(Tensor& out, const Tensor& x, std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor& var_out(Tensor& out, const Tensor& x, OptionalIntArrayRef dim, std::optional<int64_t> correction,
                           bool keepdim = false);
LAMPAS_API std::tuple<Tensor&, Tensor&> var_mean_out(Tensor& out0, Tensor& out1, const Tensor& x,
                                                     OptionalIntArrayRef dim, std::optional<int64_t> correction,
                                                     bool keepdim = false);

// ---- of ops/scan.h
LAMPAS_API Tensor& diff_out(Tensor& out, const Tensor& x, int64_t n = 1, int64_t dim = -1,
                            const std::optional<Tensor>& prepend = {}, const std::optional<Tensor>& append = {});

// ---- of ops/sort.h
LAMPAS_API std::tuple<Tensor&, Tensor&> _unique_out(Tensor& out0, Tensor& out1, const Tensor& x, bool sorted = true,
                                                    bool return_inverse = false);
LAMPAS_API std::tuple<Tensor&, Tensor&, Tensor&> _unique2_out(Tensor& out0, Tensor& out1, Tensor& out2, const Tensor& x,
                                                              bool sorted = true, bool return_inverse = false,
                                                              bool return_counts = false);
LAMPAS_API Tensor& argsort_out(Tensor& out, const Tensor& x, bool stable, int64_t dim = -1, bool descending = false);
LAMPAS_API Tensor& bincount_out(Tensor& out, const Tensor& x, const std::optional<Tensor>& weights = {},
                                int64_t minlength = 0);
LAMPAS_API Tensor& bucketize_out(Tensor& out, const Tensor& values, const Tensor& boundaries, bool out_int32 = false,
                                 bool right = false);
LAMPAS_API Tensor& bucketize_out(Tensor& out, const Scalar& value, const Tensor& boundaries, bool out_int32 = false,
                                 bool right = false);
LAMPAS_API Tensor& histc_out(Tensor& out, const Tensor& x, int64_t bins = 100, const Scalar& min = 0,
                             const Scalar& max = 0);
LAMPAS_API std::tuple<Tensor&, Tensor&> histogram_out(Tensor& hist, Tensor& edges, const Tensor& x, int64_t bins = 100,
                                                      std::optional<ArrayRef<double>> range = std::nullopt,
                                                      const std::optional<Tensor>& weight = {}, bool density = false);
LAMPAS_API std::tuple<Tensor&, Tensor&> histogram_out(Tensor& hist, Tensor& edges, const Tensor& x, const Tensor& bins,
                                                      const std::optional<Tensor>& weight = {}, bool density = false);
LAMPAS_API Tensor& isin_out(Tensor& out, const Tensor& elements, const Tensor& test_elements,
                            bool assume_unique = false, bool invert = false);
LAMPAS_API std::tuple<Tensor&, Tensor&> kthvalue_out(Tensor& values, Tensor& indices, const Tensor& x, int64_t k,
                                                     int64_t dim = -1, bool keepdim = false);
LAMPAS_API std::tuple<Tensor&, Tensor&> median_out(Tensor& values, Tensor& indices, const Tensor& x, int64_t dim,
                                                   bool keepdim = false);
LAMPAS_API Tensor& median_out(Tensor& out, const Tensor& x);
LAMPAS_API std::tuple<Tensor&, Tensor&> mode_out(Tensor& values, Tensor& indices, const Tensor& x, int64_t dim = -1,
                                                 bool keepdim = false);
LAMPAS_API Tensor& msort_out(Tensor& out, const Tensor& x);
LAMPAS_API std::tuple<Tensor&, Tensor&> nanmedian_out(Tensor& values, Tensor& indices, const Tensor& x, int64_t dim,
                                                      bool keepdim = false);
LAMPAS_API Tensor& nanmedian_out(Tensor& out, const Tensor& x);
LAMPAS_API Tensor& nanquantile_out(Tensor& out, const Tensor& x, const Tensor& q,
                                   std::optional<int64_t> dim = std::nullopt, bool keepdim = false,
                                   std::string_view interpolation = "linear");
LAMPAS_API Tensor& nanquantile_out(Tensor& out, const Tensor& x, double q, std::optional<int64_t> dim = std::nullopt,
                                   bool keepdim = false, std::string_view interpolation = "linear");
LAMPAS_API Tensor& quantile_out(Tensor& out, const Tensor& x, const Tensor& q,
                                std::optional<int64_t> dim = std::nullopt, bool keepdim = false,
                                std::string_view interpolation = "linear");
LAMPAS_API Tensor& quantile_out(Tensor& out, const Tensor& x, double q, std::optional<int64_t> dim = std::nullopt,
                                bool keepdim = false, std::string_view interpolation = "linear");
LAMPAS_API Tensor& searchsorted_out(Tensor& out, const Tensor& sorted_sequence, const Tensor& values,
                                    bool out_int32 = false, bool right = false,
                                    std::optional<std::string_view> side = std::nullopt,
                                    const std::optional<Tensor>& sorter = {});
LAMPAS_API Tensor& searchsorted_out(Tensor& out, const Tensor& sorted_sequence, const Scalar& value,
                                    bool out_int32 = false, bool right = false,
                                    std::optional<std::string_view> side = std::nullopt,
                                    const std::optional<Tensor>& sorter = {});
LAMPAS_API std::tuple<Tensor&, Tensor&> sort_out(Tensor& values, Tensor& indices, const Tensor& x,
                                                 std::optional<bool> stable, int64_t dim = -1, bool descending = false);
LAMPAS_API std::tuple<Tensor&, Tensor&, Tensor&> unique_consecutive_out(Tensor& out0, Tensor& out1, Tensor& out2,
                                                                        const Tensor& x, bool return_inverse = false,
                                                                        bool return_counts = false,
                                                                        std::optional<int64_t> dim = std::nullopt);
LAMPAS_API std::tuple<Tensor&, Tensor&, Tensor&> unique_dim_out(Tensor& out0, Tensor& out1, Tensor& out2,
                                                                const Tensor& x, int64_t dim, bool sorted = true,
                                                                bool return_inverse = false,
                                                                bool return_counts = false);
LAMPAS_API std::tuple<Tensor&, Tensor&, Tensor&> unique_dim_consecutive_out(Tensor& out0, Tensor& out1, Tensor& out2,
                                                                            const Tensor& x, int64_t dim,
                                                                            bool return_inverse = false,
                                                                            bool return_counts = false);

// ---- of ops/softmax.h
LAMPAS_API Tensor& log_softmax_out(Tensor& out, const Tensor& x, int64_t dim,
                                   std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor& softmax_out(Tensor& out, const Tensor& x, int64_t dim,
                               std::optional<ScalarType> dtype = std::nullopt);

// ---- of ops/pointwise.h
LAMPAS_API Tensor& rsub_out(Tensor& out, const Tensor& a, const Tensor& b, const Scalar& alpha = 1);
LAMPAS_API Tensor& rsub_out(Tensor& out, const Tensor& a, const Scalar& b, const Scalar& alpha = 1);

// ---- of ops/activation.h
LAMPAS_API Tensor& celu_out(Tensor& out, const Tensor& x, const Scalar& alpha = 1);
LAMPAS_API Tensor& prelu_out(Tensor& out, const Tensor& x, const Tensor& weight);
LAMPAS_API Tensor& relu_out(Tensor& out, const Tensor& x);

// ---- of ops/products.h
LAMPAS_API Tensor& addbmm_out(Tensor& out, const Tensor& input, const Tensor& batch1, const Tensor& batch2,
                              const Scalar& beta = 1, const Scalar& alpha = 1);
LAMPAS_API Tensor& addmv_out(Tensor& out, const Tensor& input, const Tensor& mat, const Tensor& vec,
                             const Scalar& beta = 1, const Scalar& alpha = 1);
LAMPAS_API Tensor& addr_out(Tensor& out, const Tensor& input, const Tensor& vec1, const Tensor& vec2,
                            const Scalar& beta = 1, const Scalar& alpha = 1);
LAMPAS_API Tensor& chain_matmul_out(Tensor& out, TensorList matrices);
LAMPAS_API Tensor& cross_out(Tensor& out, const Tensor& a, const Tensor& b, std::optional<int64_t> dim = std::nullopt);
LAMPAS_API Tensor& ger_out(Tensor& out, const Tensor& a, const Tensor& b);
LAMPAS_API Tensor& inner_out(Tensor& out, const Tensor& a, const Tensor& b);
LAMPAS_API Tensor& kron_out(Tensor& out, const Tensor& a, const Tensor& b);
LAMPAS_API Tensor& matrix_power_out(Tensor& out, const Tensor& x, int64_t n);
LAMPAS_API Tensor& outer_out(Tensor& out, const Tensor& a, const Tensor& b);
LAMPAS_API Tensor& tensordot_out(Tensor& out, const Tensor& a, const Tensor& b, IntArrayRef dims_a, IntArrayRef dims_b);
LAMPAS_API Tensor& trace_out(Tensor& out, const Tensor& x);
LAMPAS_API Tensor& vdot_out(Tensor& out, const Tensor& a, const Tensor& b);

// ---- of ops/linalg.h
LAMPAS_API Tensor& cholesky_out(Tensor& out, const Tensor& x, bool upper = false);
LAMPAS_API Tensor& cholesky_inverse_out(Tensor& out, const Tensor& factor, bool upper = false);
LAMPAS_API Tensor& cholesky_solve_out(Tensor& out, const Tensor& b, const Tensor& factor, bool upper = false);
LAMPAS_API std::tuple<Tensor&, Tensor&> geqrf_out(Tensor& a, Tensor& tau, const Tensor& x);
LAMPAS_API Tensor& inverse_out(Tensor& out, const Tensor& x);
LAMPAS_API Tensor& linalg_cholesky_out(Tensor& out, const Tensor& x, bool upper = false);
LAMPAS_API std::tuple<Tensor&, Tensor&> linalg_cholesky_ex_out(Tensor& L, Tensor& info, const Tensor& x,
                                                               bool upper = false, bool check_errors = false);
LAMPAS_API Tensor& linalg_cond_out(Tensor& out, const Tensor& x, const std::optional<Scalar>& p = std::nullopt);
LAMPAS_API Tensor& linalg_cond_out(Tensor& out, const Tensor& x, std::string_view p);
LAMPAS_API Tensor& linalg_cross_out(Tensor& out, const Tensor& a, const Tensor& b, int64_t dim = -1);
LAMPAS_API Tensor& linalg_det_out(Tensor& out, const Tensor& x);
LAMPAS_API std::tuple<Tensor&, Tensor&> linalg_eig_out(Tensor& eigenvalues, Tensor& eigenvectors, const Tensor& x);
LAMPAS_API std::tuple<Tensor&, Tensor&> linalg_eigh_out(Tensor& eigvals, Tensor& eigvecs, const Tensor& x,
                                                        std::string_view uplo = "L");
LAMPAS_API Tensor& linalg_eigvals_out(Tensor& out, const Tensor& x);
LAMPAS_API Tensor& linalg_eigvalsh_out(Tensor& out, const Tensor& x, std::string_view uplo = "L");
LAMPAS_API Tensor& linalg_householder_product_out(Tensor& out, const Tensor& x, const Tensor& tau);
LAMPAS_API Tensor& linalg_inv_out(Tensor& out, const Tensor& x);
LAMPAS_API std::tuple<Tensor&, Tensor&> linalg_inv_ex_out(Tensor& inverse, Tensor& info, const Tensor& x,
                                                          bool check_errors = false);
LAMPAS_API std::tuple<Tensor&, Tensor&, Tensor&, Tensor&> linalg_lstsq_out(
    Tensor& solution, Tensor& residuals, Tensor& rank, Tensor& singular_values, const Tensor& a, const Tensor& b,
    std::optional<double> rcond = std::nullopt, std::optional<std::string_view> driver = std::nullopt);
LAMPAS_API std::tuple<Tensor&, Tensor&, Tensor&> linalg_lu_out(Tensor& P, Tensor& L, Tensor& U, const Tensor& x,
                                                               bool pivot = true);
LAMPAS_API std::tuple<Tensor&, Tensor&> linalg_lu_factor_out(Tensor& LU, Tensor& pivots, const Tensor& x,
                                                             bool pivot = true);
LAMPAS_API Tensor& linalg_lu_solve_out(Tensor& out, const Tensor& lu, const Tensor& pivots, const Tensor& b,
                                       bool left = true, bool adjoint = false);
LAMPAS_API Tensor& linalg_matrix_exp_out(Tensor& out, const Tensor& x);
LAMPAS_API Tensor& linalg_matrix_power_out(Tensor& out, const Tensor& x, int64_t n);
LAMPAS_API Tensor& linalg_matrix_rank_out(Tensor& out, const Tensor& x, std::optional<double> atol,
                                          std::optional<double> rtol, bool hermitian = false);
LAMPAS_API Tensor& linalg_matrix_rank_out(Tensor& out, const Tensor& x, double tol, bool hermitian = false);
LAMPAS_API Tensor& linalg_multi_dot_out(Tensor& out, TensorList tensors);
LAMPAS_API Tensor& linalg_norm_out(Tensor& out, const Tensor& x, const std::optional<Scalar>& ord = std::nullopt,
                                   OptionalIntArrayRef dim = std::nullopt, bool keepdim = false,
                                   std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor& linalg_norm_out(Tensor& out, const Tensor& x, std::string_view ord,
                                   OptionalIntArrayRef dim = std::nullopt, bool keepdim = false,
                                   std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor& linalg_pinv_out(Tensor& out, const Tensor& x, std::optional<double> atol, std::optional<double> rtol,
                                   bool hermitian = false);
LAMPAS_API Tensor& linalg_pinv_out(Tensor& out, const Tensor& x, double rcond, bool hermitian = false);
LAMPAS_API std::tuple<Tensor&, Tensor&> linalg_qr_out(Tensor& Q, Tensor& R, const Tensor& x,
                                                      std::string_view mode = "reduced");
LAMPAS_API std::tuple<Tensor&, Tensor&> linalg_slogdet_out(Tensor& sign, Tensor& logabsdet, const Tensor& x);
LAMPAS_API Tensor& linalg_solve_out(Tensor& out, const Tensor& a, const Tensor& b, bool left = true);
LAMPAS_API std::tuple<Tensor&, Tensor&> linalg_solve_ex_out(Tensor& result, Tensor& info, const Tensor& a,
                                                            const Tensor& b, bool left = true,
                                                            bool check_errors = false);
LAMPAS_API Tensor& linalg_solve_triangular_out(Tensor& out, const Tensor& a, const Tensor& b, bool upper,
                                               bool left = true, bool unitriangular = false);
LAMPAS_API std::tuple<Tensor&, Tensor&, Tensor&> linalg_svd_out(Tensor& U, Tensor& S, Tensor& Vh, const Tensor& x,
                                                                bool full_matrices = true,
                                                                std::optional<std::string_view> driver = std::nullopt);
LAMPAS_API Tensor& linalg_svdvals_out(Tensor& out, const Tensor& x,
                                      std::optional<std::string_view> driver = std::nullopt);
LAMPAS_API Tensor& linalg_tensorinv_out(Tensor& out, const Tensor& x, int64_t ind = 2);
LAMPAS_API Tensor& linalg_tensorsolve_out(Tensor& out, const Tensor& x, const Tensor& b,
                                          OptionalIntArrayRef dims = std::nullopt);
LAMPAS_API Tensor& linalg_vecdot_out(Tensor& out, const Tensor& a, const Tensor& b, int64_t dim = -1);
LAMPAS_API Tensor& linalg_matmul_out(Tensor& out, const Tensor& a, const Tensor& b);
LAMPAS_API Tensor& linalg_matrix_norm_out(Tensor& out, const Tensor& x, const Scalar& ord, IntArrayRef dim = {-2, -1},
                                          bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor& linalg_matrix_norm_out(Tensor& out, const Tensor& x, std::string_view ord = "fro",
                                          IntArrayRef dim = {-2, -1}, bool keepdim = false,
                                          std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API std::tuple<Tensor&, Tensor&, Tensor&> linalg_lu_factor_ex_out(Tensor& LU, Tensor& pivots, Tensor& info,
                                                                         const Tensor& x, bool pivot = true,
                                                                         bool check_errors = false);
LAMPAS_API std::tuple<Tensor&, Tensor&, Tensor&> lu_unpack_out(Tensor& P, Tensor& L, Tensor& U, const Tensor& lu,
                                                               const Tensor& pivots, bool unpack_data = true,
                                                               bool unpack_pivots = true);
LAMPAS_API Tensor& linalg_vector_norm_out(Tensor& out, const Tensor& x, const Scalar& ord = 2,
                                          OptionalIntArrayRef dim = std::nullopt, bool keepdim = false,
                                          std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor& lu_solve_out(Tensor& out, const Tensor& b, const Tensor& lu, const Tensor& pivots);
LAMPAS_API Tensor& nuclear_norm_out(Tensor& out, const Tensor& x, bool keepdim = false);
LAMPAS_API Tensor& orgqr_out(Tensor& out, const Tensor& x, const Tensor& tau);
LAMPAS_API Tensor& ormqr_out(Tensor& out, const Tensor& x, const Tensor& tau, const Tensor& other, bool left = true,
                             bool transpose = false);
LAMPAS_API std::tuple<Tensor&, Tensor&> qr_out(Tensor& Q, Tensor& R, const Tensor& x, bool some = true);
LAMPAS_API std::tuple<Tensor&, Tensor&> slogdet_out(Tensor& sign, Tensor& logabsdet, const Tensor& x);
LAMPAS_API std::tuple<Tensor&, Tensor&, Tensor&> svd_out(Tensor& U, Tensor& S, Tensor& V, const Tensor& x,
                                                         bool some = true, bool compute_uv = true);
LAMPAS_API std::tuple<Tensor&, Tensor&> symeig_out(Tensor& e, Tensor& V, const Tensor& x, bool eigenvectors = false,
                                                   bool upper = true);
LAMPAS_API std::tuple<Tensor&, Tensor&> triangular_solve_out(Tensor& X, Tensor& M, const Tensor& b, const Tensor& a,
                                                             bool upper = true, bool transpose = false,
                                                             bool unitriangular = false);

// ---- of ops/arrange.h
LAMPAS_API Tensor& as_strided_scatter_out(Tensor& out, const Tensor& x, const Tensor& src, IntArrayRef sizes,
                                          IntArrayRef strides, std::optional<int64_t> storage_offset = std::nullopt);
LAMPAS_API Tensor& block_diag_out(Tensor& out, TensorList tensors);
LAMPAS_API Tensor& column_stack_out(Tensor& out, TensorList tensors);
LAMPAS_API Tensor& diag_out(Tensor& out, const Tensor& x, int64_t diagonal = 0);
LAMPAS_API Tensor& diag_embed_out(Tensor& out, const Tensor& x, int64_t offset = 0, int64_t dim1 = -2,
                                  int64_t dim2 = -1);
LAMPAS_API Tensor& diagonal_scatter_out(Tensor& out, const Tensor& x, const Tensor& src, int64_t offset = 0,
                                        int64_t dim1 = 0, int64_t dim2 = 1);
LAMPAS_API Tensor& dstack_out(Tensor& out, TensorList tensors);
LAMPAS_API Tensor& flip_out(Tensor& out, const Tensor& x, IntArrayRef dims);
LAMPAS_API Tensor& hstack_out(Tensor& out, TensorList tensors);
LAMPAS_API Tensor& repeat_out(Tensor& out, const Tensor& x, IntArrayRef repeats);
LAMPAS_API Tensor& repeat_interleave_out(Tensor& out, const Tensor& repeats,
                                         std::optional<int64_t> output_size = std::nullopt);
LAMPAS_API Tensor& roll_out(Tensor& out, const Tensor& x, IntArrayRef shifts, IntArrayRef dims = {});
LAMPAS_API Tensor& row_stack_out(Tensor& out, TensorList tensors);
LAMPAS_API Tensor& select_scatter_out(Tensor& out, const Tensor& x, const Tensor& src, int64_t dim, int64_t index);
LAMPAS_API Tensor& slice_scatter_out(Tensor& out, const Tensor& x, const Tensor& src, int64_t dim = 0,
                                     std::optional<int64_t> start = std::nullopt,
                                     std::optional<int64_t> end = std::nullopt, int64_t step = 1);
LAMPAS_API Tensor& take_along_dim_out(Tensor& out, const Tensor& x, const Tensor& indices,
                                      std::optional<int64_t> dim = std::nullopt);
LAMPAS_API Tensor& tril_out(Tensor& out, const Tensor& x, int64_t diagonal = 0);
LAMPAS_API Tensor& tril_indices_out(Tensor& out, int64_t row, int64_t col, int64_t offset = 0);
LAMPAS_API Tensor& triu_out(Tensor& out, const Tensor& x, int64_t diagonal = 0);
LAMPAS_API Tensor& triu_indices_out(Tensor& out, int64_t row, int64_t col, int64_t offset = 0);
LAMPAS_API Tensor& vstack_out(Tensor& out, TensorList tensors);

// ---- of ops/shape.h
LAMPAS_API Tensor& clone_out(Tensor& out, const Tensor& x, std::optional<MemoryFormat> format = std::nullopt);
LAMPAS_API Tensor& concat_out(Tensor& out, TensorList tensors, int64_t dim = 0);
LAMPAS_API Tensor& concatenate_out(Tensor& out, TensorList tensors, int64_t dim = 0);
LAMPAS_API Tensor& narrow_copy_out(Tensor& out, const Tensor& x, int64_t dim, int64_t start, int64_t length);

// ---- of ops/index.h
LAMPAS_API Tensor& index_add_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source,
                                 const Scalar& alpha = 1);
LAMPAS_API Tensor& index_copy_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source);
LAMPAS_API Tensor& index_fill_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index, const Scalar& value);
LAMPAS_API Tensor& index_fill_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index, const Tensor& value);
LAMPAS_API Tensor& index_reduce_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index,
                                    const Tensor& source, std::string_view reduce, bool include_self = true);
LAMPAS_API Tensor& masked_fill_out(Tensor& out, const Tensor& x, const Tensor& mask, const Scalar& value);
LAMPAS_API Tensor& masked_fill_out(Tensor& out, const Tensor& x, const Tensor& mask, const Tensor& value);
LAMPAS_API Tensor& masked_scatter_out(Tensor& out, const Tensor& x, const Tensor& mask, const Tensor& source);
LAMPAS_API Tensor& masked_select_out(Tensor& out, const Tensor& x, const Tensor& mask);
LAMPAS_API Tensor& nonzero_out(Tensor& out, const Tensor& x);
LAMPAS_API Tensor& put_out(Tensor& out, const Tensor& x, const Tensor& index, const Tensor& source,
                           bool accumulate = false);
LAMPAS_API Tensor& scatter_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source);
LAMPAS_API Tensor& scatter_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index, const Scalar& value);
LAMPAS_API Tensor& scatter_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source,
                               std::string_view reduce);
LAMPAS_API Tensor& scatter_add_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index,
                                   const Tensor& source);
LAMPAS_API Tensor& scatter_reduce_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index,
                                      const Tensor& source, std::string_view reduce, bool include_self = true);
LAMPAS_API Tensor& take_out(Tensor& out, const Tensor& x, const Tensor& index);

// ---- of ops/pad.h
LAMPAS_API Tensor& constant_pad_nd_out(Tensor& out, const Tensor& x, IntArrayRef pad, const Scalar& value = 0);
LAMPAS_API Tensor& reflection_pad1d_out(Tensor& out, const Tensor& x, IntArrayRef padding);
LAMPAS_API Tensor& reflection_pad2d_out(Tensor& out, const Tensor& x, IntArrayRef padding);
LAMPAS_API Tensor& reflection_pad3d_out(Tensor& out, const Tensor& x, IntArrayRef padding);
LAMPAS_API Tensor& replication_pad1d_out(Tensor& out, const Tensor& x, IntArrayRef padding);
LAMPAS_API Tensor& replication_pad2d_out(Tensor& out, const Tensor& x, IntArrayRef padding);
LAMPAS_API Tensor& replication_pad3d_out(Tensor& out, const Tensor& x, IntArrayRef padding);

// ---- of ops/embedding.h
LAMPAS_API Tensor& embedding_out(Tensor& out, const Tensor& weight, const Tensor& indices, int64_t padding_idx = -1,
                                 bool scale_grad_by_freq = false, bool sparse = false);

// ---- of ops/interpolate.h
LAMPAS_API Tensor& _upsample_bicubic2d_aa_out(Tensor& out, const Tensor& x, IntArrayRef output_size, bool align_corners,
                                              std::optional<double> scales_h = std::nullopt,
                                              std::optional<double> scales_w = std::nullopt);
LAMPAS_API Tensor& _upsample_bilinear2d_aa_out(Tensor& out, const Tensor& x, IntArrayRef output_size,
                                               bool align_corners, std::optional<double> scales_h = std::nullopt,
                                               std::optional<double> scales_w = std::nullopt);
LAMPAS_API Tensor& _upsample_nearest_exact1d_out(Tensor& out, const Tensor& x, IntArrayRef output_size,
                                                 std::optional<double> scales = std::nullopt);
LAMPAS_API Tensor& _upsample_nearest_exact2d_out(Tensor& out, const Tensor& x, IntArrayRef output_size,
                                                 std::optional<double> scales_h = std::nullopt,
                                                 std::optional<double> scales_w = std::nullopt);
LAMPAS_API Tensor& _upsample_nearest_exact3d_out(Tensor& out, const Tensor& x, IntArrayRef output_size,
                                                 std::optional<double> scales_d = std::nullopt,
                                                 std::optional<double> scales_h = std::nullopt,
                                                 std::optional<double> scales_w = std::nullopt);
LAMPAS_API Tensor& upsample_bicubic2d_out(Tensor& out, const Tensor& x, IntArrayRef output_size, bool align_corners,
                                          std::optional<double> scales_h = std::nullopt,
                                          std::optional<double> scales_w = std::nullopt);
LAMPAS_API Tensor& upsample_bilinear2d_out(Tensor& out, const Tensor& x, IntArrayRef output_size, bool align_corners,
                                           std::optional<double> scales_h = std::nullopt,
                                           std::optional<double> scales_w = std::nullopt);
LAMPAS_API Tensor& upsample_linear1d_out(Tensor& out, const Tensor& x, IntArrayRef output_size, bool align_corners,
                                         std::optional<double> scales = std::nullopt);
LAMPAS_API Tensor& upsample_nearest1d_out(Tensor& out, const Tensor& x, IntArrayRef output_size,
                                          std::optional<double> scales = std::nullopt);
LAMPAS_API Tensor& upsample_nearest2d_out(Tensor& out, const Tensor& x, IntArrayRef output_size,
                                          std::optional<double> scales_h = std::nullopt,
                                          std::optional<double> scales_w = std::nullopt);
LAMPAS_API Tensor& upsample_nearest3d_out(Tensor& out, const Tensor& x, IntArrayRef output_size,
                                          std::optional<double> scales_d = std::nullopt,
                                          std::optional<double> scales_h = std::nullopt,
                                          std::optional<double> scales_w = std::nullopt);
LAMPAS_API Tensor& upsample_trilinear3d_out(Tensor& out, const Tensor& x, IntArrayRef output_size, bool align_corners,
                                            std::optional<double> scales_d = std::nullopt,
                                            std::optional<double> scales_h = std::nullopt,
                                            std::optional<double> scales_w = std::nullopt);

// ---- of ops/pool.h
LAMPAS_API Tensor& avg_pool2d_out(Tensor& out, const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride = {},
                                  IntArrayRef padding = 0, bool ceil_mode = false, bool count_include_pad = true,
                                  std::optional<int64_t> divisor_override = std::nullopt);
LAMPAS_API Tensor& avg_pool3d_out(Tensor& out, const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride = {},
                                  IntArrayRef padding = 0, bool ceil_mode = false, bool count_include_pad = true,
                                  std::optional<int64_t> divisor_override = std::nullopt);
LAMPAS_API std::tuple<Tensor&, Tensor&> max_pool2d_with_indices_out(Tensor& out, Tensor& indices, const Tensor& x,
                                                                    IntArrayRef kernel_size, IntArrayRef stride = {},
                                                                    IntArrayRef padding = 0, IntArrayRef dilation = 1,
                                                                    bool ceil_mode = false);
LAMPAS_API std::tuple<Tensor&, Tensor&> max_pool3d_with_indices_out(Tensor& out, Tensor& indices, const Tensor& x,
                                                                    IntArrayRef kernel_size, IntArrayRef stride = {},
                                                                    IntArrayRef padding = 0, IntArrayRef dilation = 1,
                                                                    bool ceil_mode = false);

// ---- of ops/pool_variants.h
LAMPAS_API Tensor& adaptive_avg_pool2d_out(Tensor& out, const Tensor& x, IntArrayRef output_size);
LAMPAS_API Tensor& adaptive_avg_pool3d_out(Tensor& out, const Tensor& x, IntArrayRef output_size);
LAMPAS_API std::tuple<Tensor&, Tensor&> adaptive_max_pool2d_out(Tensor& out, Tensor& indices, const Tensor& x,
                                                                IntArrayRef output_size);
LAMPAS_API std::tuple<Tensor&, Tensor&> adaptive_max_pool3d_out(Tensor& out, Tensor& indices, const Tensor& x,
                                                                IntArrayRef output_size);
LAMPAS_API std::tuple<Tensor&, Tensor&> fractional_max_pool2d_out(Tensor& output, Tensor& indices, const Tensor& x,
                                                                  IntArrayRef kernel_size, IntArrayRef output_size,
                                                                  const Tensor& random_samples);
LAMPAS_API std::tuple<Tensor&, Tensor&> fractional_max_pool3d_out(Tensor& output, Tensor& indices, const Tensor& x,
                                                                  IntArrayRef kernel_size, IntArrayRef output_size,
                                                                  const Tensor& random_samples);
LAMPAS_API Tensor& max_unpool2d_out(Tensor& out, const Tensor& x, const Tensor& indices, IntArrayRef output_size);
LAMPAS_API Tensor& max_unpool3d_out(Tensor& out, const Tensor& x, const Tensor& indices, IntArrayRef output_size,
                                    IntArrayRef stride, IntArrayRef padding);

// ---- of ops/grid_sample.h
LAMPAS_API Tensor& affine_grid_generator_out(Tensor& out, const Tensor& theta, IntArrayRef size, bool align_corners);
LAMPAS_API Tensor& grid_sampler_2d_out(Tensor& out, const Tensor& x, const Tensor& grid, int64_t interpolation_mode,
                                       int64_t padding_mode, bool align_corners);
LAMPAS_API Tensor& grid_sampler_3d_out(Tensor& out, const Tensor& x, const Tensor& grid, int64_t interpolation_mode,
                                       int64_t padding_mode, bool align_corners);

// ---- of ops/loss.h
LAMPAS_API Tensor& binary_cross_entropy_out(Tensor& out, const Tensor& x, const Tensor& target,
                                            const Tensor& weight = {}, int64_t reduction = 1);
LAMPAS_API Tensor& binary_cross_entropy_with_logits_out(Tensor& out, const Tensor& x, const Tensor& target,
                                                        const Tensor& weight = {}, const Tensor& pos_weight = {},
                                                        int64_t reduction = 1);
LAMPAS_API Tensor& huber_loss_out(Tensor& out, const Tensor& x, const Tensor& target, int64_t reduction = 1,
                                  double delta = 1.0);
LAMPAS_API Tensor& mse_loss_out(Tensor& out, const Tensor& x, const Tensor& target, int64_t reduction = 1);
LAMPAS_API Tensor& multi_margin_loss_out(Tensor& out, const Tensor& x, const Tensor& target, const Scalar& p = 1,
                                         const Scalar& margin = 1, const Tensor& weight = {}, int64_t reduction = 1);
LAMPAS_API Tensor& multilabel_margin_loss_out(Tensor& out, const Tensor& x, const Tensor& target,
                                              int64_t reduction = 1);
LAMPAS_API Tensor& nll_loss_out(Tensor& out, const Tensor& x, const Tensor& target, const Tensor& weight = {},
                                int64_t reduction = 1, int64_t ignore_index = -100);
LAMPAS_API Tensor& nll_loss2d_out(Tensor& out, const Tensor& x, const Tensor& target, const Tensor& weight = {},
                                  int64_t reduction = 1, int64_t ignore_index = -100);
LAMPAS_API Tensor& smooth_l1_loss_out(Tensor& out, const Tensor& x, const Tensor& target, int64_t reduction = 1,
                                      double beta = 1.0);
LAMPAS_API Tensor& soft_margin_loss_out(Tensor& out, const Tensor& x, const Tensor& target, int64_t reduction = 1);

// ---- of ops/fold.h
LAMPAS_API Tensor& channel_shuffle_out(Tensor& out, const Tensor& x, int64_t groups);
LAMPAS_API Tensor& col2im_out(Tensor& out, const Tensor& x, IntArrayRef output_size, IntArrayRef kernel_size,
                              IntArrayRef dilation, IntArrayRef padding, IntArrayRef stride);
LAMPAS_API Tensor& im2col_out(Tensor& out, const Tensor& x, IntArrayRef kernel_size, IntArrayRef dilation,
                              IntArrayRef padding, IntArrayRef stride);
LAMPAS_API Tensor& pixel_shuffle_out(Tensor& out, const Tensor& x, int64_t upscale_factor);
LAMPAS_API Tensor& pixel_unshuffle_out(Tensor& out, const Tensor& x, int64_t downscale_factor);

// ---- of ops/factories.h
LAMPAS_API Tensor& arange_out(Tensor& out, const Scalar& end);
LAMPAS_API Tensor& arange_out(Tensor& out, const Scalar& start, const Scalar& end, const Scalar& step);
LAMPAS_API Tensor& eye_out(Tensor& out, int64_t n);
LAMPAS_API Tensor& eye_out(Tensor& out, int64_t n, int64_t m);
LAMPAS_API Tensor& full_out(Tensor& out, IntArrayRef sizes, const Scalar& value);
LAMPAS_API Tensor& full_like_out(Tensor& out, const Tensor& x, const Scalar& value,
                                 std::optional<MemoryFormat> format = std::nullopt);
LAMPAS_API Tensor& linspace_out(Tensor& out, const Scalar& start, const Scalar& end, int64_t steps);
LAMPAS_API Tensor& logspace_out(Tensor& out, const Scalar& start, const Scalar& end, int64_t steps, double base = 10.0);
LAMPAS_API Tensor& ones_out(Tensor& out, IntArrayRef sizes);
LAMPAS_API Tensor& ones_like_out(Tensor& out, const Tensor& x, std::optional<MemoryFormat> format = std::nullopt);
LAMPAS_API Tensor& range_out(Tensor& out, const Scalar& start, const Scalar& end);
LAMPAS_API Tensor& range_out(Tensor& out, const Scalar& start, const Scalar& end, const Scalar& step);
LAMPAS_API Tensor& scalar_tensor_out(Tensor& out, const Scalar& value);
LAMPAS_API Tensor& zeros_out(Tensor& out, IntArrayRef sizes);
LAMPAS_API Tensor& zeros_like_out(Tensor& out, const Tensor& x, std::optional<MemoryFormat> format = std::nullopt);

// ---- of ops/random.h
LAMPAS_API Tensor& bernoulli_out(Tensor& out, const Tensor& x, Generator generator = {});
LAMPAS_API Tensor& bernoulli_out(Tensor& out, const Tensor& x, double p, Generator generator = {});
LAMPAS_API Tensor& poisson_out(Tensor& out, const Tensor& rate, Generator generator = {});
LAMPAS_API Tensor& binomial_out(Tensor& out, const Tensor& count, const Tensor& prob, Generator generator = {});
LAMPAS_API Tensor& multinomial_out(Tensor& out, const Tensor& x, int64_t num_samples, bool replacement = false,
                                   Generator generator = {});
LAMPAS_API Tensor& normal_out(Tensor& out, const Tensor& mean, double std = 1, Generator generator = {});
LAMPAS_API Tensor& normal_out(Tensor& out, double mean, const Tensor& std, Generator generator = {});
LAMPAS_API Tensor& normal_out(Tensor& out, const Tensor& mean, const Tensor& std, Generator generator = {});
LAMPAS_API Tensor& normal_out(Tensor& out, double mean, double std, IntArrayRef sizes, Generator generator = {});
LAMPAS_API Tensor& rand_out(Tensor& out, IntArrayRef sizes);
LAMPAS_API Tensor& rand_out(Tensor& out, IntArrayRef sizes, Generator generator);
LAMPAS_API Tensor& rand_like_out(Tensor& out, const Tensor& x, std::optional<MemoryFormat> format = std::nullopt);
LAMPAS_API Tensor& randint_out(Tensor& out, int64_t high, IntArrayRef sizes);
LAMPAS_API Tensor& randint_out(Tensor& out, int64_t high, IntArrayRef sizes, Generator generator);
LAMPAS_API Tensor& randint_out(Tensor& out, int64_t low, int64_t high, IntArrayRef sizes);
LAMPAS_API Tensor& randint_out(Tensor& out, int64_t low, int64_t high, IntArrayRef sizes, Generator generator);
LAMPAS_API Tensor& randint_like_out(Tensor& out, const Tensor& x, int64_t high,
                                    std::optional<MemoryFormat> format = std::nullopt);
LAMPAS_API Tensor& randint_like_out(Tensor& out, const Tensor& x, int64_t low, int64_t high,
                                    std::optional<MemoryFormat> format = std::nullopt);
LAMPAS_API Tensor& randn_out(Tensor& out, IntArrayRef sizes);
LAMPAS_API Tensor& randn_out(Tensor& out, IntArrayRef sizes, Generator generator);
LAMPAS_API Tensor& randn_like_out(Tensor& out, const Tensor& x, std::optional<MemoryFormat> format = std::nullopt);
LAMPAS_API Tensor& randperm_out(Tensor& out, int64_t n);
LAMPAS_API Tensor& randperm_out(Tensor& out, int64_t n, Generator generator);

// ---- further forms
LAMPAS_API Tensor& all_out(Tensor& out, const Tensor& x);
LAMPAS_API Tensor& any_out(Tensor& out, const Tensor& x);
LAMPAS_API Tensor& empty_out(Tensor& out, IntArrayRef sizes, std::optional<MemoryFormat> format = std::nullopt);
LAMPAS_API Tensor& empty_like_out(Tensor& out, const Tensor& x, std::optional<MemoryFormat> format = std::nullopt);
LAMPAS_API Tensor& empty_strided_out(Tensor& out, IntArrayRef sizes, IntArrayRef strides);
LAMPAS_API Tensor& bernoulli_out(Tensor& out, const Tensor& x, const Tensor& p, Generator generator = {});
LAMPAS_API Tensor& index_out(Tensor& out, const Tensor& x, ArrayRef<TensorIndex> indices);
LAMPAS_API Tensor& index_put_out(Tensor& out, const Tensor& x, ArrayRef<TensorIndex> indices, const Tensor& value,
                                 bool accumulate = false);
LAMPAS_API Tensor& scatter_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index, const Scalar& value,
                               std::string_view reduce);
/// Every part into one of `out`, as many as there are.
LAMPAS_API void unsafe_split_out(TensorList out, const Tensor& x, int64_t split_size, int64_t dim = 0);
LAMPAS_API void unsafe_split_with_sizes_out(TensorList out, const Tensor& x, IntArrayRef split_sizes, int64_t dim = 0);

namespace linalg {
#define LAMPAS_LINALG_OUT(fn)                              \
  template <class... A>                                    \
  auto fn(A&&... a)->decltype(lampas::linalg_##fn(a...)) { \
    return lampas::linalg_##fn(a...);                      \
  }
LAMPAS_LINALG_OUT(cholesky_out)
LAMPAS_LINALG_OUT(cond_out)
LAMPAS_LINALG_OUT(cross_out)
LAMPAS_LINALG_OUT(det_out)
LAMPAS_LINALG_OUT(eig_out)
LAMPAS_LINALG_OUT(eigh_out)
LAMPAS_LINALG_OUT(eigvals_out)
LAMPAS_LINALG_OUT(eigvalsh_out)
LAMPAS_LINALG_OUT(householder_product_out)
LAMPAS_LINALG_OUT(inv_out)
LAMPAS_LINALG_OUT(lu_factor_ex_out)
LAMPAS_LINALG_OUT(lu_factor_out)
LAMPAS_LINALG_OUT(lu_out)
LAMPAS_LINALG_OUT(matmul_out)
LAMPAS_LINALG_OUT(matrix_norm_out)
LAMPAS_LINALG_OUT(matrix_power_out)
LAMPAS_LINALG_OUT(matrix_rank_out)
LAMPAS_LINALG_OUT(multi_dot_out)
LAMPAS_LINALG_OUT(norm_out)
LAMPAS_LINALG_OUT(pinv_out)
LAMPAS_LINALG_OUT(qr_out)
LAMPAS_LINALG_OUT(slogdet_out)
LAMPAS_LINALG_OUT(solve_ex_out)
LAMPAS_LINALG_OUT(solve_out)
LAMPAS_LINALG_OUT(solve_triangular_out)
LAMPAS_LINALG_OUT(svd_out)
LAMPAS_LINALG_OUT(svdvals_out)
LAMPAS_LINALG_OUT(tensorinv_out)
LAMPAS_LINALG_OUT(tensorsolve_out)
LAMPAS_LINALG_OUT(vecdot_out)
LAMPAS_LINALG_OUT(vector_norm_out)
#undef LAMPAS_LINALG_OUT
}  // namespace linalg

}  // namespace lampas
