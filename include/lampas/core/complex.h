#pragma once

namespace lampas {

/// A complex number with the memory layout of `std::complex<T>`.
template <class T>
struct alignas(2 * sizeof(T)) complex {
  using value_type = T;
  T real_ = T(), imag_ = T();
  constexpr complex() = default;
  constexpr complex(T re, T im = T()) : real_(re), imag_(im) {}
  template <class U>
  constexpr explicit complex(const complex<U>& o) : real_(static_cast<T>(o.real_)), imag_(static_cast<T>(o.imag_)) {}
  constexpr T real() const { return real_; }
  constexpr T imag() const { return imag_; }
  friend constexpr bool operator==(complex a, complex b) { return a.real_ == b.real_ && a.imag_ == b.imag_; }
  friend constexpr bool operator!=(complex a, complex b) { return !(a == b); }
  friend constexpr complex operator+(complex a, complex b) { return {a.real_ + b.real_, a.imag_ + b.imag_}; }
  friend constexpr complex operator-(complex a, complex b) { return {a.real_ - b.real_, a.imag_ - b.imag_}; }
  friend constexpr complex operator-(complex a) { return {-a.real_, -a.imag_}; }
  friend constexpr complex operator*(complex a, complex b) {
    return {a.real_ * b.real_ - a.imag_ * b.imag_, a.real_ * b.imag_ + a.imag_ * b.real_};
  }
  friend constexpr complex operator/(complex a, complex b) {
    const T d = b.real_ * b.real_ + b.imag_ * b.imag_;
    return {(a.real_ * b.real_ + a.imag_ * b.imag_) / d, (a.imag_ * b.real_ - a.real_ * b.imag_) / d};
  }
};

}  // namespace lampas
