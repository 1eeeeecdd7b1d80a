#pragma once

#include <cfenv>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace lampas::cpu {

// Whether a product or sum of this thread left the range of its type: the processor notes it by itself, so that a loop
// can go without looking at its intermediate results. Notes stay until they are cleared, and results that underflow on
// purpose (exponentials) leave them as well: a loop clears what others left before it starts, and nobody keeps any.

#if defined(__SSE2__)
// Past <cfenv>, which saves and restores the x87 unit as well and takes a hundred cycles for it.
inline constexpr bool kNotesRange = true;
inline bool range_left() { return (_mm_getcsr() & (_MM_EXCEPT_OVERFLOW | _MM_EXCEPT_UNDERFLOW)) != 0; }
inline void forget_range() {
  if (range_left()) _mm_setcsr(_mm_getcsr() & ~static_cast<unsigned>(_MM_EXCEPT_OVERFLOW | _MM_EXCEPT_UNDERFLOW));
}
#elif defined(FE_OVERFLOW) && defined(FE_UNDERFLOW)
inline constexpr bool kNotesRange = true;
inline bool range_left() { return std::fetestexcept(FE_OVERFLOW | FE_UNDERFLOW) != 0; }
inline void forget_range() {
  if (range_left()) std::feclearexcept(FE_OVERFLOW | FE_UNDERFLOW);
}
#else
inline constexpr bool kNotesRange = false;
inline bool range_left() { return true; }
inline void forget_range() {}
#endif

}  // namespace lampas::cpu
