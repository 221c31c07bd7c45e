#include "probes/system/frame.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <tuple>
#include <vector>

#include "probes/system/require.h"

namespace pidproof::frame_test {
namespace {

using Word = std::tuple<int, std::string>;

// The bytes of the frames that body sends; they must fit into the pipe.
std::string BytesOf(const std::function<void(const FrameWriter&)>& body) {
  int ends[2];
  Require(pipe2(ends, O_CLOEXEC) == 0);
  const Fd from(ends[0]);
  Fd to(ends[1]);
  body(FrameWriter(to.get()));
  to.reset();
  std::string bytes(65536, '\0');
  const ssize_t count = read(from.get(), bytes.data(), bytes.size());
  Require(count >= 0);
  bytes.resize(static_cast<std::size_t>(count));
  return bytes;
}

std::vector<Word> Read(FrameReader& reader, std::string_view bytes) {
  std::vector<Word> read;
  reader.Take(bytes.data(), bytes.size(),
              [&](const Frame& frame) { read.push_back(ValueOf<Word>(frame)); });
  return read;
}

TEST(Frame, CarriesValues) {
  FrameReader reader;
  const std::string bytes = BytesOf([](const FrameWriter& up) {
    SendValues(up, 'w', 1, "one");
    SendValues(up, 'w', 2, std::string("two"));
  });
  EXPECT_EQ(Read(reader, bytes), (std::vector<Word>{{1, "one"}, {2, "two"}}));
}

// The writer may be killed at any moment.
TEST(Frame, IsNotPassedOnWhereItIsCut) {
  const std::string bytes = BytesOf([](const FrameWriter& up) { SendValues(up, 'w', 1, "one"); });
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    FrameReader reader;
    EXPECT_TRUE(Read(reader, std::string_view(bytes).substr(0, size)).empty()) << size;
    EXPECT_EQ(Read(reader, std::string_view(bytes).substr(size)).size(), 1u) << size;
  }
}

TEST(Frame, IsRefusedWhereItHoldsSomethingElse) {
  FrameReader reader;
  const std::string bytes = BytesOf([](const FrameWriter& up) { SendValues(up, 'w', "one"); });
  EXPECT_THROW(Read(reader, bytes), MalformedFrame);
  EXPECT_THROW(Read(reader, std::string(64, '\xff')), MalformedFrame);
}

TEST(Frame, EndsABodyAsBrokenWhereItIsMalformed) {
  using namespace std::chrono_literals;
  int frames = 0;
  const Ended ended = Isolate(
      Isolation::kChild, 60s,
      [](const FrameWriter& up) {
        SendValues(up, 'i', 1);
        for (;;) SendValues(up, 'i', std::uint8_t{1});
      },
      [&](const Frame& frame) {
        ValueOf<int>(frame);
        ++frames;
      });
  EXPECT_EQ(frames, 1);
  EXPECT_EQ(ended.how, Ended::kBroken);
  EXPECT_EQ(ended.text, "the trial process sent a malformed frame");
}

}  // namespace
}  // namespace pidproof::frame_test
