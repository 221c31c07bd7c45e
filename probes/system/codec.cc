#include "probes/system/codec.h"

#include <cstring>
#include <mutex>
#include <set>

namespace pidproof {

void Encoder::Append(const void* from, std::size_t size) {
  bytes_.append(static_cast<const char*>(from), size);
}

std::size_t Decoder::Length() {
  const auto length = Got<std::size_t>();
  if (length > bytes_.size()) Refuse();
  return ok_ ? length : 0;
}

std::string_view Decoder::Next(std::size_t size) {
  if (size > bytes_.size()) Refuse();
  if (!ok_) return {};
  const std::string_view next = bytes_.substr(0, size);
  bytes_.remove_prefix(size);
  return next;
}

void Decoder::Copy(void* to, std::size_t size) {
  const std::string_view next = Next(size);
  if (!next.empty()) std::memcpy(to, next.data(), next.size());
}

// There are few distinct literals; each is stored once.
const char* Decoder::Kept(std::string_view literal) {
  static std::mutex keeping;
  static std::set<std::string> kept;
  const std::lock_guard lock(keeping);
  return kept.emplace(literal).first->c_str();
}

}  // namespace pidproof
