#include "lampas/base/stream_text.h"

#include <sstream>

namespace lampas {

std::string stream_text(const void* context, void (*print)(std::ostream&, const void*)) {
  std::ostringstream stream;
  print(stream, context);
  return stream.str();
}

}  // namespace lampas
