#pragma once

#include <type_traits>
#include <utility>

namespace lampas {

/// A complex number with the memory layout of `std::complex<T>`.
template <class T>
struct alignas(2 * sizeof(T)) complex {
  using value_type = T;
  T real_ = T(), imag_ = T();
  constexpr complex() = default;
  constexpr complex(T re, T im = T()) : real_(re), imag_(im) {}
  /// Of another precision; to a lower one only where it is asked for.
  template <class U, std::enable_if_t<(sizeof(U) <= sizeof(T)), int> = 0>
  constexpr complex(const complex<U>& o) : real_(static_cast<T>(o.real_)), imag_(static_cast<T>(o.imag_)) {}
  template <class U, std::enable_if_t<(sizeof(U) > sizeof(T)), int> = 0>
  constexpr explicit complex(const complex<U>& o) : real_(static_cast<T>(o.real_)), imag_(static_cast<T>(o.imag_)) {}
  /// From and to std::complex, whose header this one does not bring.
  template <class C,
            std::enable_if_t<
                std::is_same_v<decltype(std::declval<const C&>().imag()), T> && !std::is_same_v<C, complex>, int> = 0>
  constexpr explicit complex(const C& z) : real_(z.real()), imag_(z.imag()) {}
  template <class C,
            std::enable_if_t<
                std::is_same_v<decltype(std::declval<const C&>().imag()), T> && !std::is_same_v<C, complex>, int> = 0>
  constexpr explicit operator C() const {
    return C(real_, imag_);
  }
  constexpr T real() const { return real_; }
  constexpr T imag() const { return imag_; }
  constexpr void real(T v) { real_ = v; }
  constexpr void imag(T v) { imag_ = v; }
  constexpr complex& operator+=(complex o) { return *this = *this + o; }
  constexpr complex& operator-=(complex o) { return *this = *this - o; }
  constexpr complex& operator*=(complex o) { return *this = *this * o; }
  constexpr complex& operator/=(complex o) { return *this = *this / o; }
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
