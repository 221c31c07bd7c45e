#include "probes/system/codec.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <map>
#include <vector>

namespace pidproof::codec_test {
namespace {

using namespace std::chrono_literals;

enum class Colour { kRed, kGreen, kBlue };
constexpr Colour LastOf(Colour) { return Colour::kBlue; }

struct Point {
  int x = 0;
  std::string name;
  bool operator==(const Point&) const = default;
};

void Fields(auto& codec, Like<Point> auto& point) {
  auto& [x, name] = point;
  codec(x, name);
}

// One value of every kind.
struct All {
  bool flag = false;
  std::int8_t small = 0;
  std::uint64_t big = 0;
  double amount = 0;
  Colour colour = Colour::kRed;
  std::chrono::milliseconds time{};
  std::string text;
  std::optional<Point> there;
  std::optional<Point> missing;
  std::array<std::int32_t, 3> three{};
  std::pair<int, std::string> pair;
  std::vector<Point> points;
  std::vector<std::vector<std::uint16_t>> nested;
  std::map<std::string, Point> named;
  bool operator==(const All&) const = default;
};

void Fields(auto& codec, Like<All> auto& all) {
  auto& [flag, small, big, amount, colour, time, text, there, missing, three, pair, points, nested,
         named] = all;
  codec(flag, small, big, amount, colour, time, text, there, missing, three, pair, points, nested,
        named);
}

const All kAll{.flag = true,
               .small = -7,
               .big = std::numeric_limits<std::uint64_t>::max(),
               .amount = -0.1,
               .colour = Colour::kBlue,
               .time = 17ms,
               .text = std::string("a\0b\n\xff", 5),
               .there = Point{1, "one"},
               .missing = std::nullopt,
               .three = {3, -2, 1},
               .pair = {4, "four"},
               .points = {{5, "five"}, {}},
               .nested = {{}, {1, 2}},
               .named = {{"", {}}, {"x", {6, "six"}}}};

TEST(Codec, GivesBackWhatWasGiven) {
  EXPECT_EQ(Decoded<All>(Encoded(kAll)), kAll);
  EXPECT_EQ(Decoded<All>(Encoded(All())), All());
}

TEST(Codec, ReadsSeveralValuesAsATuple) {
  EXPECT_EQ((Decoded<std::tuple<int, Point>>(Encoded(3, Point{4, "x"}))),
            (std::tuple{3, Point{4, "x"}}));
  EXPECT_EQ(Decoded<std::tuple<>>(Encoded()), std::tuple<>());
}

TEST(Codec, KeepsALiteralOnce) {
  const std::string text = "waitid(P_PIDFD)";
  const auto one = Decoded<const char*>(Encoded(text.c_str()));
  const auto other = Decoded<const char*>(Encoded(text));
  ASSERT_TRUE(one && other);
  EXPECT_EQ(*one, text);
  EXPECT_EQ(*one, *other);
  EXPECT_NE(*one, text.c_str());
}

TEST(Codec, RefusesWhatIsCutShort) {
  const std::string bytes = Encoded(kAll);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(Decoded<All>(std::string_view(bytes).substr(0, size))) << size;
  }
}

TEST(Codec, RefusesWhatIsTooLong) { EXPECT_FALSE(Decoded<All>(Encoded(kAll, false))); }

TEST(Codec, RefusesValuesThatATypeDoesNotHave) {
  EXPECT_FALSE(Decoded<bool>(Encoded(std::uint8_t{2})));
  EXPECT_EQ(Decoded<Colour>(Encoded(std::uint8_t{2})), Colour::kBlue);
  EXPECT_FALSE(Decoded<Colour>(Encoded(std::uint8_t{3})));
  EXPECT_FALSE(Decoded<std::optional<int>>(Encoded(std::uint8_t{2}, 1)));
  const std::vector<std::pair<int, int>> twice{{1, 1}, {1, 2}};
  EXPECT_FALSE((Decoded<std::map<int, int>>(Encoded(twice))));
}

// A length is only a claim until the bytes are there.
TEST(Codec, MakesNoRoomForWhatIsOnlyClaimed) {
  for (const std::size_t size : {std::size_t{9}, std::numeric_limits<std::size_t>::max()}) {
    const std::string bytes = Encoded(size, std::uint64_t{0});
    EXPECT_FALSE(Decoded<std::string>(bytes));
    EXPECT_FALSE(Decoded<std::vector<std::uint8_t>>(bytes));
    EXPECT_FALSE(Decoded<std::vector<std::string>>(bytes));
    EXPECT_FALSE(Decoded<std::vector<std::tuple<>>>(bytes));
    EXPECT_FALSE((Decoded<std::map<int, int>>(bytes)));
  }
}

// With any byte altered it decodes to another value, or not at all.
TEST(Codec, SurvivesAnyBytes) {
  const std::string bytes = Encoded(kAll);
  std::size_t read = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int flipped : {1, 0x7f, 0x80, 0xff}) {
      std::string altered = bytes;
      altered[at] = static_cast<char>(altered[at] ^ flipped);
      const std::optional<All> all = Decoded<All>(altered);
      if (!all) continue;
      EXPECT_EQ(Encoded(*all), altered);
      ++read;
    }
  }
  EXPECT_GT(read, 0u);
  EXPECT_LT(read, bytes.size() * 4);
}

}  // namespace
}  // namespace pidproof::codec_test
