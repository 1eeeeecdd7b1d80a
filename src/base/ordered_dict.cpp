#include "lampas/base/ordered_dict.h"

namespace lampas::detail {

const size_t* KeyIndex<std::string>::find(const std::string& key) const {
  const auto& map = map_.get();
  const auto it = map.find(key);
  return it == map.end() ? nullptr : &it->second;
}
bool KeyIndex<std::string>::insert(const std::string& key, size_t position) {
  return map_.get().emplace(key, position).second;
}
void KeyIndex<std::string>::erase(const std::string& key, size_t position) {
  map_.get().erase(key);
  for (auto& entry : map_.get()) entry.second -= entry.second > position;
}
void KeyIndex<std::string>::reserve(size_t n) {
  if (n > 0) map_.get().reserve(n);
}
void KeyIndex<std::string>::clear() { map_ = {}; }

}  // namespace lampas::detail
