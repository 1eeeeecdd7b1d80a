// Tensors as text, in LibTorch's format: elements in columns of one width for each matrix, then "[ CPUFloatType{2,3}
// ]".
#include <cmath>
#include <cstdio>
#include <iostream>
#include <string>

#include "lampas/tensor/tensor.h"

namespace lampas {

namespace {

template <class T>
double value_as_double(T v) {
  return static_cast<double>(v);
}
template <class T>
double value_as_double(complex<T> v) {
  return static_cast<double>(v.real());
}

/// The elements of a tensor of any dtype and layout as doubles, in row-major order.
std::vector<double> values_of(const Tensor& t) {
  const TensorImpl& i = *t.impl();
  std::vector<double> v;
  v.reserve(static_cast<size_t>(i.numel));
  Shape at(i.ndim, 0);
  int64_t offset = 0;
  const void* data = i.data();
  for (int64_t k = 0; k < i.numel; ++k) {
    switch (i.dtype) {
#define LAMPAS_VALUE(T, name)                                          \
  case ScalarType::name:                                               \
    v.push_back(value_as_double(static_cast<const T*>(data)[offset])); \
    break;
      LAMPAS_FOR_EACH_DTYPE(LAMPAS_VALUE)
#undef LAMPAS_VALUE
      default:
        break;
    }
    for (int d = i.ndim - 1; d >= 0; --d) {
      offset += i.strides()[d];
      if (++at[d] < i.sizes()[d]) break;
      offset -= i.sizes()[d] * i.strides()[d];
      at[d] = 0;
    }
  }
  return v;
}

/// How the numbers of one matrix are written: a common width, notation and factor.
struct NumberFormat {
  char conversion = 'g';
  int precision = 4, width = 0;
  double scale = 1;

  NumberFormat(const double* v, size_t n, int general_precision) {
    // The largest and smallest magnitudes decide, in decimal digits before the point. The comparison for the largest is
    // of the signed value, as LibTorch's is: a matrix of large negative numbers alone is laid out by its first.
    bool whole = true;
    size_t first = n;
    double low = 0, high = 0;
    for (size_t k = 0; k < n; ++k) {
      if (!std::isfinite(v[k])) continue;
      whole = whole && v[k] == std::ceil(v[k]);
      const double magnitude = std::abs(v[k]);
      if (first == n) {
        first = k;
        low = high = magnitude;
      }
      low = std::min(low, magnitude);
      if (v[k] > high) high = magnitude;
    }
    const auto digits = [](double x) { return x == 0 ? 1 : static_cast<int>(std::floor(std::log10(x))) + 1; };
    const int most = first == n ? 1 : digits(high), least = first == n ? 1 : digits(low);
    if (whole && most <= 9) {
      precision = general_precision;
      width = most + 1;
    } else if (whole || most - least > 4) {
      conversion = 'e';
      width = !whole && (std::abs(most) > 99 || std::abs(least) > 99) ? 12 : 11;
    } else {
      conversion = 'f';
      if (most > 5 || most < 0) scale = std::pow(10.0, most - 1);
      width = most > 5 || most <= 0 ? 7 : most + 6;
    }
  }

  void append_number(std::string& s, double x) const {
    char text[400];  // %f of the largest double takes 309 digits
    const char* form = conversion == 'g' ? "%*.*g" : conversion == 'e' ? "%*.*e" : "%*.*f";
    const int length = std::snprintf(text, sizeof text, form, width, precision, x / scale);
    s.append(text, static_cast<size_t>(length));
  }
  void append_scale(std::string& s) const {
    char text[32];
    std::snprintf(text, sizeof text, "%g *\n", scale);
    s += text;
  }
};

void append_matrix(std::string& s, const double* v, int64_t rows, int64_t cols, int64_t linesize, int indent,
                   int precision) {
  const NumberFormat format(v, static_cast<size_t>(rows * cols), precision);
  const int64_t per_line = std::max<int64_t>(1, (linesize - indent) / (format.width + 1));
  const std::string margin(static_cast<size_t>(indent), ' ');
  s += margin;
  for (int64_t first = 0; first < cols; first += per_line) {
    const int64_t last = std::min(first + per_line, cols);
    if (per_line < cols) {
      if (first != 0) s += '\n';
      s += str("Columns ", first + 1, " to ", last);
      s += margin;
    }
    if (format.scale != 1) {
      format.append_scale(s);
      s += margin;
    }
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t c = first; c < last; ++c) {
        format.append_number(s, v[r * cols + c]);
        s += c == last - 1 ? '\n' : ' ';
      }
      if (r == rows - 1) continue;
      s += margin;
      if (format.scale != 1) s += ' ';
    }
  }
}

void append_elements(std::string& s, const Tensor& t, int64_t linesize, int precision) {
  const std::vector<double> v = values_of(t);
  if (t.dim() == 0) {
    char text[32];
    std::snprintf(text, sizeof text, "%.*g\n", precision, v[0]);
    s += text;
    return;
  }
  if (v.empty()) return;
  if (t.dim() == 1) {
    const NumberFormat format(v.data(), v.size(), precision);
    if (format.scale != 1) format.append_scale(s);
    for (double x : v) {
      format.append_number(s, x);
      s += '\n';
    }
    return;
  }
  const int64_t rows = t.size(-2), cols = t.size(-1);
  if (t.dim() == 2) {
    append_matrix(s, v.data(), rows, cols, linesize, 0, precision);
    return;
  }
  // LibTorch turns the first index fastest.
  const int64_t outer = t.dim() - 2, matrices = t.numel() / (rows * cols);
  Shape at(static_cast<size_t>(outer), 0);
  for (int64_t m = 0; m < matrices; ++m) {
    if (m != 0) s += '\n';
    s += '(';
    int64_t position = 0;
    for (int64_t d = 0; d < outer; ++d) {
      s += str(at[d] + 1, ",");
      position = position * t.size(d) + at[d];
    }
    s += ".,.) = \n";
    append_matrix(s, v.data() + position * rows * cols, rows, cols, linesize, 1, precision);
    for (int64_t d = 0; d < outer && ++at[d] == t.size(d); ++d) at[d] = 0;
  }
}

}  // namespace

std::ostream& print(std::ostream& os, const Tensor& t, int64_t linesize) {
  if (!t.defined()) return os << "[ Tensor (undefined) ]";
  if (t.is_sparse())
    return print(print(os << "[ " << t.toString() << "{}\nindices:\n", t._indices(), linesize) << "\nvalues:\n",
                 t._values(), linesize)
           << "\nsize:\n"
           << str(t.sizes()) << "\n]";
  std::string s;
  append_elements(s, t, linesize, static_cast<int>(std::min<std::streamsize>(os.precision(), 17)));
  s += str("[ ", t.toString(), "{");
  for (int64_t d = 0; d < t.dim(); ++d) s += str(d ? "," : "", t.size(d));
  s += "} ]";
  return os << s;
}

std::ostream& operator<<(std::ostream& os, const Tensor& t) { return print(os, t, 80); }

void print(const Tensor& t, int64_t linesize) { print(std::cout, t, linesize); }

void Tensor::print() const {
  const std::string s = defined() ? str("[", toString(), " ", sizes(), "]\n") : std::string("[UndefinedTensor]\n");
  std::cerr << s;
}

}  // namespace lampas
