#pragma once

#include <algorithm>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "probes/system/codec.h"

namespace pidproof {

// Defining a row registers it: a namespace-scope `const Registered<Probe> kName{{...}};` puts it on
// its type's list. T's member `name` orders the list, so that link order does not matter; a member
// `defined_at`, if there is one, is set to the place of the definition.
template <typename T>
class Registered {
 public:
  explicit Registered(T row, std::source_location at = std::source_location::current())
      : row_(std::move(row)), next_(std::exchange(head_, this)) {
    if constexpr (requires { row_.defined_at; }) row_.defined_at = at;
  }

  static std::vector<const T*> All() {
    std::vector<const T*> rows;
    for (const Registered* at = head_; at != nullptr; at = at->next_) rows.push_back(&at->row_);
    std::sort(rows.begin(), rows.end(), [](const T* a, const T* b) { return a->name < b->name; });
    return rows;
  }

  static const T* Find(std::string_view name) {
    for (const Registered* at = head_; at != nullptr; at = at->next_) {
      if (at->row_.name == name) return &at->row_;
    }
    return nullptr;
  }

 private:
  T row_;
  const Registered* next_;
  inline static constinit const Registered* head_ = nullptr;
};

// A pointer to a registered row is encoded as the row's name.
template <typename Row>  // const T*, const or not
struct ByName {
  Row& row;
};
template <typename Row>
ByName(Row&) -> ByName<Row>;

template <typename Row>
void Fields(Encoder& encoder, const ByName<Row>& named) {
  encoder(named.row->name);
}
template <typename T>
void Fields(Decoder& decoder, const ByName<const T*>& named) {
  std::string name;
  decoder(name);
  named.row = Registered<T>::Find(name);
  if (named.row == nullptr) decoder.Refuse();
}

}  // namespace pidproof
