#include <errno.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "probes/system/errno_name.h"
#include "probes/system/release.h"

namespace pidproof::names_test {
namespace {

TEST(ErrnoName, GoesBothWays) {
  EXPECT_EQ(ErrnoName(EBADF), "EBADF");
  EXPECT_EQ(ErrnoName(0), "");
  EXPECT_EQ(ErrnoName(4000), "errno 4000");
  EXPECT_EQ(ErrnoOf("enosys"), ENOSYS);
  EXPECT_EQ(ErrnoOf("EPERM"), EPERM);
  EXPECT_EQ(ErrnoOf("eperme"), 0);
  EXPECT_EQ(ErrnoOf(""), 0);
}

TEST(SignalName, KnowsTheUsualOnes) { EXPECT_EQ(SignalName(SIGSYS), "SIGSYS"); }

TEST(Release, ParsesReleasesOfUname) {
  EXPECT_EQ(Release::Parse("6.18.44-cloud-amd64"), (Release{6, 18, 44}));
  EXPECT_EQ(Release::Parse("6.18.13-1-cloud"), (Release{6, 18, 13}));
  EXPECT_EQ(Release::Parse("6.1.0-25-amd64"), (Release{6, 1, 0}));
  EXPECT_EQ(Release::Parse("6.9.x"), (Release{6, 9}));
  EXPECT_EQ(Release::Parse("7.0.0-rc3-next-20260101"), (Release{7, 0, Release::kCandidate}));
  EXPECT_EQ(Release::Parse("7.0-rc3").Text(), "7.0-rc");
  EXPECT_EQ(Release::Parse("6.18.13-rc1"), (Release{6, 18, 12}));
  EXPECT_EQ(Release::Parse("5.10"), (Release{5, 10}));
  EXPECT_EQ(Release::Parse("7"), Release{});
  EXPECT_EQ(Release::Parse("x.y"), Release{});
  EXPECT_EQ((Release{5, 10}).Text(), "5.10");
  EXPECT_EQ(Release{}.Text(), "");
  EXPECT_EQ((Release{6, 18, 13}).Text(), "6.18.13");
  EXPECT_LT((Release{5, 9}), (Release{5, 10}));
  EXPECT_LT((Release{6, 18, 13}), (Release{6, 18, 14}));
  EXPECT_LT((Release{6, 19, 14}), (Release{7, 0, Release::kCandidate}));
  EXPECT_LT((Release{7, 0, Release::kCandidate}), (Release{7, 0}));
}

}  // namespace
}  // namespace pidproof::names_test
