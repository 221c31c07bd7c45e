// Values as bytes, to be sent from one process of this program to another. Both ends are the same
// binary: the bytes carry the values without their types.
//
// Numbers, enums, strings, optionals, durations, arrays, pairs, tuples, vectors and maps need
// nothing more, nor does a const char*, which must be a literal: one that was read is never freed.
// A struct needs Fields beside its definition; an enum, whose values begin at 0, needs LastOf:
//
//   void Fields(auto& codec, Like<Point> auto& point) {
//     auto& [x, y, name] = point;  // does not compile where a field is missing
//     codec(x, y, name);
//   }
//   constexpr Colour LastOf(Colour) { return Colour::kBlue; }
//
//   const std::string bytes = Encoded(3, point);
//   const std::optional<std::tuple<int, Point>> values = Decoded<std::tuple<int, Point>>(bytes);
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace pidproof {

// T itself, const or not: Fields reads and fills it.
template <typename Self, typename T>
concept Like = std::same_as<std::remove_const_t<Self>, T>;

namespace codec_detail {

template <typename T>
inline constexpr bool kIsDuration = false;
template <typename Rep, typename Period>
inline constexpr bool kIsDuration<std::chrono::duration<Rep, Period>> = true;

template <typename T>
concept Text = std::convertible_to<T, std::string_view>;
template <typename T>
concept Optional = requires(const T& value) {
  value.has_value();
};
template <typename T>
concept TupleLike = requires {
  std::tuple_size<T>::value;
};
template <typename T>
concept Map = requires {
  typename T::mapped_type;
};
template <typename T>
concept List = requires(T& value) {
  value.push_back(std::declval<typename T::value_type>());
};

}  // namespace codec_detail

class Encoder {
 public:
  void operator()(const auto&... values) { (Put(values), ...); }
  std::string Take() { return std::move(bytes_); }

 private:
  template <typename T>
  void Put(const T& value) {
    if constexpr (std::is_arithmetic_v<T>) {
      Append(&value, sizeof value);
    } else if constexpr (std::is_enum_v<T>) {
      Put(static_cast<std::uint8_t>(value));
    } else if constexpr (codec_detail::kIsDuration<T>) {
      Put(value.count());
    } else if constexpr (codec_detail::Text<T>) {
      const std::string_view text = value;
      Put(text.size());
      Append(text.data(), text.size());
    } else if constexpr (codec_detail::Optional<T>) {
      Put(value.has_value());
      if (value.has_value()) Put(*value);
    } else if constexpr (codec_detail::TupleLike<T>) {
      std::apply(*this, value);
    } else if constexpr (codec_detail::Map<T> || codec_detail::List<T>) {
      Put(value.size());
      for (const auto& element : value) Put(element);
    } else {
      Fields(*this, value);
    }
  }

  void Append(const void* from, std::size_t size);

  std::string bytes_;
};

// Trusts nothing: what the bytes do not hold is neither read nor allocated.
class Decoder {
 public:
  // The bytes must outlive it.
  explicit Decoder(std::string_view bytes) : bytes_(bytes) {}

  // Values after one that could not be read are left as they are.
  void operator()(auto&&... values) { (Get(values), ...); }
  // To be called when a value that was read makes no sense.
  void Refuse() { ok_ = false; }
  // Whether all could be read, and no bytes are left.
  bool IsDone() const { return ok_ && bytes_.empty(); }

 private:
  template <typename T>
  void Get(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      const auto byte = Got<std::uint8_t>();
      if (byte > 1) Refuse();
      value = byte == 1;
    } else if constexpr (std::is_arithmetic_v<T>) {
      Copy(&value, sizeof value);
    } else if constexpr (std::is_enum_v<T>) {
      const auto number = Got<std::uint8_t>();
      if (number > static_cast<std::uint8_t>(LastOf(T{}))) return Refuse();
      value = static_cast<T>(number);
    } else if constexpr (codec_detail::kIsDuration<T>) {
      value = T(Got<typename T::rep>());
    } else if constexpr (std::is_same_v<T, std::string>) {
      value = Next(Length());
    } else if constexpr (std::is_same_v<T, const char*>) {
      value = Kept(Next(Length()));
    } else if constexpr (codec_detail::Optional<T>) {
      value.reset();
      if (Got<bool>()) Get(value.emplace());
    } else if constexpr (codec_detail::TupleLike<T>) {
      std::apply(*this, value);
    } else if constexpr (codec_detail::Map<T>) {
      value.clear();
      for (std::size_t left = Length(); ok_ && left > 0; --left) {
        auto key = Got<typename T::key_type>();
        if (!value.emplace(std::move(key), Got<typename T::mapped_type>()).second) Refuse();
      }
    } else if constexpr (codec_detail::List<T>) {
      value.clear();
      for (std::size_t left = Length(); ok_ && left > 0; --left) {
        value.push_back(Got<typename T::value_type>());
      }
    } else {
      Fields(*this, value);
    }
  }

  template <typename T>
  T Got() {
    T value{};
    Get(value);
    return value;
  }

  // Of a string, a vector or a map; each element takes at least one byte.
  std::size_t Length();
  std::string_view Next(std::size_t size);
  void Copy(void* to, std::size_t size);
  static const char* Kept(std::string_view literal);

  std::string_view bytes_;
  bool ok_ = true;
};

std::string Encoded(const auto&... values) {
  Encoder encoder;
  encoder(values...);
  return encoder.Take();
}

// Nothing where the bytes are not exactly one T.
template <typename T>
std::optional<T> Decoded(std::string_view bytes) {
  Decoder decoder(bytes);
  std::optional<T> value(std::in_place);
  decoder(*value);
  if (!decoder.IsDone()) value.reset();
  return value;
}

}  // namespace pidproof
