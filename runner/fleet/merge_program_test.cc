// `pidproof merge` and `pidproof fleet` as their users call them.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "probes/system/yield_until.h"
#include "reports/document/json_text.h"
#include "reports/fleet/fleet_testing.h"
#include "runner/program_testing.h"

namespace pidproof::runner::fleet::merge_program_test {
namespace {

namespace files = std::filesystem;
using reports::fleet::testing::SmallDocument;

std::string Text(int host) { return ToJson(SmallDocument(fmt::format("n{}", host))); }

std::string Zstandard(const std::string& text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 1));
  return packed;
}

class MergeProgram : public ::testing::Test {
 protected:
  void SetUp() override { files::create_directories(Folder()); }

  std::string Folder() const { return dir_.File("documents"); }
  std::string Fleet() const { return dir_.File("fleet.db"); }
  std::string InFolder(const std::string& name) const { return Folder() + "/" + name; }

  static void Write(const std::string& file, const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
  }
  static void Gzip(const std::string& file, const std::string& text) {
    gzFile packed = gzopen(file.c_str(), "wb1");
    gzwrite(packed, text.data(), static_cast<unsigned>(text.size()));
    gzclose(packed);
  }
  void WriteHosts(int count) const {
    for (int i = 0; i < count; ++i) Write(InFolder(fmt::format("n{}.json", i)), Text(i));
  }

  Printed Merge(const std::string& paths) const {
    return RunProgram(fmt::format("merge -o {} {} 2>&1", Fleet(), paths));
  }
  Printed Ask(const std::string& question) const {
    return RunProgram(fmt::format("fleet {} {} 2>&1", Fleet(), question));
  }
  std::string Runs() const { return Ask("sql 'select count(*) from run' --to csv").out; }
  static std::string Counted(int runs) {
    return fmt::format("\"count(*)\",\"hosts\",\"nodeset\",\"matches\"\n\"{}\",0,\"\",1\n", runs);
  }

  TempDir dir_;
};

TEST_F(MergeProgram, ReadsFilesFoldersStreamsAndPackedOnes) {
  files::create_directories(InFolder("below"));
  Write(InFolder("n1"), Text(1));
  Gzip(InFolder("below/n2.json.gz"), Text(2) + Text(3));
  Write(InFolder("n4.json.zst"), Zstandard(Text(4)) + Zstandard(Text(5)));
  Write(dir_.File("n6.json"), Text(6));
  const Printed printed = Merge(fmt::format("{0} {1} {1} - < {1}", Folder(), dir_.File("n6.json")));
  EXPECT_EQ(printed.status, 0);
  EXPECT_EQ(printed.out,
            fmt::format("pidproof: {}: 8 documents, 6 of them new; 0 skipped\n", Fleet()));
  EXPECT_EQ(Ask("columns --to nodeset").out, "n[1-6]\n");
}

// A document on one line, as `jq -c` has it, is one too.
TEST_F(MergeProgram, ReadsAStreamAroundWhatIsBroken) {
  std::string line = reports::JsonLine(reports::ParseJson(Text(2))) + "\n";
  Write(dir_.File("stream"),
        Text(1) + "{ broken\n" + line + "{\"schema\": \"other/1\"}\n" + Text(3));
  const Printed printed = Merge("- < " + dir_.File("stream"));
  EXPECT_EQ(printed.status, 3);
  EXPECT_NE(printed.out.find("pidproof: -: document 2: not JSON"), std::string::npos);
  EXPECT_NE(printed.out.find("pidproof: -: document 4: schema is \"other/1\""), std::string::npos);
  EXPECT_EQ(Ask("columns --to nodeset").out, "n[1-3]\n");
}

TEST_F(MergeProgram, NamesTwentyOfWhatItSkips) {
  for (int i = 0; i < 25; ++i) Write(InFolder(fmt::format("foreign{}", i)), "no document");
  WriteHosts(2);
  const Printed printed = Merge(Folder());
  EXPECT_EQ(printed.status, 3);
  EXPECT_EQ(std::ranges::count(printed.out, '\n'), 22) << printed.out;
  EXPECT_NE(printed.out.find("5 more were skipped\n"), std::string::npos);
  EXPECT_NE(printed.out.find("2 documents, 2 of them new; 25 skipped\n"), std::string::npos);
}

// A few bytes that unpack into much more than memory.
TEST_F(MergeProgram, SkipsWhatIsTooLarge) {
  std::string zeros(std::size_t{64} << 20, '0');
  zeros[0] = '{';
  Write(InFolder("bomb.zst"), Zstandard(zeros));
  WriteHosts(1);
  const Printed printed = RunProgramAfter(
      [] {
        constexpr rlimit kMemory{std::size_t{200} << 20, std::size_t{200} << 20};
        setrlimit(RLIMIT_AS, &kMemory);
        dup2(STDOUT_FILENO, STDERR_FILENO);
      },
      {"merge", "-o", Fleet(), Folder()});
  EXPECT_EQ(printed.status, 3);
  EXPECT_NE(printed.out.find("bomb.zst: larger than a document may be"), std::string::npos)
      << printed.out;
  EXPECT_EQ(Runs(), Counted(1));
}

TEST_F(MergeProgram, NamesWhatIsCutShort) {
  const std::string packed = Zstandard(Text(1));
  Write(InFolder("cut.zst"), packed.substr(0, packed.size() / 2));
  Gzip(InFolder("whole.gz"), Text(2));
  std::ifstream whole(InFolder("whole.gz"), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(whole)), {});
  Write(InFolder("cut.gz"), bytes.substr(0, bytes.size() / 2));
  const Printed printed = Merge(Folder());
  EXPECT_EQ(printed.status, 3);
  EXPECT_NE(printed.out.find("cut.zst: its zstd data is cut short"), std::string::npos);
  EXPECT_NE(printed.out.find("cut.gz: its gzip data is cut short"), std::string::npos);
  EXPECT_EQ(Ask("columns --to nodeset").out, "n2\n");
}

// Killed at any moment, it leaves a fleet that opens and is merged into again.
TEST_F(MergeProgram, SurvivesSigkill) {
  WriteHosts(700);
  for (int i = 0; i < 4; ++i) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const Fd from(ends[0]);
    const Fd to(ends[1]);
    const pid_t child = Require(sys::Fork());
    if (child == 0) {
      dup2(from.get(), STDIN_FILENO);
      const std::string fleet = Fleet();
      execl(PIDPROOF_BINARY, PIDPROOF_BINARY, "merge", "-o", fleet.c_str(), Folder().c_str(), "-",
            nullptr);
      _exit(127);
    }
    // It reads the folder first, and then waits for the stream: what is committed by then is one
    // transaction of two. The first is killed as soon as it has begun.
    if (i > 0) {
      YieldUntil([&] {
        Require(Require(sys::Waitid(P_PID, child, WEXITED | WNOHANG | WNOWAIT)).si_pid == 0);
        return files::exists(Fleet());
      });
    }
    ASSERT_TRUE(sys::Kill(child, SIGKILL).ok());
    ASSERT_TRUE(sys::Waitid(P_PID, child, WEXITED).ok());
    if (files::exists(Fleet())) {
      const auto fleet = reports::fleet::OpenFleet(Fleet(), reports::fleet::Use::kWrite);
      EXPECT_EQ(reports::fleet::Text(fleet->Query("PRAGMA integrity_check").rows[0][0]), "ok");
    }
  }
  EXPECT_EQ(Merge(Folder()).status, 0);
  EXPECT_EQ(Ask("sql \"select count(*) from run where host < 'n7'\" --to csv").status, 0);
  EXPECT_EQ(Merge(Folder()).out,
            fmt::format("pidproof: {}: 700 documents, 0 of them new; 0 skipped\n", Fleet()));
}

TEST_F(MergeProgram, TwoAtOnceLoseNothing) {
  WriteHosts(600);
  Write(dir_.File("other.json"), Text(601));
  const Printed printed = RunProgram(fmt::format(
      "merge -o {0} {1} 2>&1 & {2} merge -o {0} {1} {3} 2>&1; one=$?; wait $! || exit 9; "
      "exit $one",
      Fleet(), Folder(), PIDPROOF_BINARY, dir_.File("other.json")));
  EXPECT_EQ(printed.status, 0) << printed.out;
  EXPECT_EQ(Runs(), Counted(601));
}

// The most that a file may grow to stands for a disk that is full.
TEST_F(MergeProgram, KeepsWhatWasCommittedWhereTheDiskIsFull) {
  WriteHosts(600);
  const auto limited = [&](rlim_t bytes) {
    return RunProgramAfter(
        [bytes] {
          const rlimit most{bytes, bytes};
          setrlimit(RLIMIT_FSIZE, &most);
          dup2(STDOUT_FILENO, STDERR_FILENO);
        },
        {"merge", "-o", Fleet(), Folder()});
  };
  const Printed printed = limited(150'000);
  EXPECT_EQ(printed.status, 2);
  EXPECT_EQ(std::ranges::count(printed.out, '\n'), 1) << printed.out;
  EXPECT_TRUE(printed.out.starts_with("pidproof: " + Fleet() + ": ")) << printed.out;
  EXPECT_EQ(Merge(Folder()).status, 0);
  EXPECT_EQ(Runs(), Counted(600));
}

TEST_F(MergeProgram, NamesInOneLineWhatIsNoFleet) {
  WriteHosts(1);
  ASSERT_EQ(Merge(Folder()).status, 0);
  const auto refused = [&](const std::string& arguments, const std::string& part) {
    const Printed printed = RunProgram(arguments + " 2>&1");
    EXPECT_EQ(printed.status, 2) << printed.out;
    EXPECT_EQ(std::ranges::count(printed.out, '\n'), 1) << printed.out;
    EXPECT_NE(printed.out.find(part), std::string::npos) << printed.out;
  };
  Write(dir_.File("text"),
        "some text, which is longer than the header of a database is, by far, "
        "and says nothing of any host: it is not a fleet at all");
  refused(fmt::format("merge -o {} {}", dir_.File("text"), Folder()), "another kind of file");
  refused(fmt::format("fleet {} columns", dir_.File("text")), "another kind of file");
  refused(fmt::format("fleet {} columns", dir_.File("none")), "unable to open");
  refused(fmt::format("merge -o {} {}", Fleet(), dir_.File("none")), "it is not there");
  refused(fmt::format("merge -o {}/no/fleet.db {}", Folder(), Folder()), "unable to open");
  refused(fmt::format("fleet {} columns --to nothing", Fleet()), "--to");
  refused(fmt::format("fleet {} columns --fail-on many", Fleet()), "--fail-on");
  refused(fmt::format("fleet {} columns -o {}", Fleet(), Fleet()), "is the same place");
  refused("merge -o postgresql://u:secret@h/d " + Folder(), "postgresql://");
  auto fleet = reports::fleet::OpenFleet(Fleet(), reports::fleet::Use::kWrite);
  fleet->Execute("UPDATE fleet SET version = 9");
  fleet.reset();
  refused(fmt::format("merge -o {} {}", Fleet(), Folder()), "a fleet of version 9");
  refused(fmt::format("fleet {} columns", Fleet()), "a fleet of version 9");
}

TEST_F(MergeProgram, MakesNoFleetOfNothing) {
  Write(InFolder("foreign"), "no document");
  EXPECT_EQ(Merge(Folder()).status, 3);
  EXPECT_FALSE(files::exists(Fleet()));
}

// Names are in no byte of the file; two merges by one salt agree on what stands for them.
TEST_F(MergeProgram, CallsHostsByPseudonyms) {
  WriteHosts(3);
  EXPECT_EQ(Merge(Folder() + " --anonymise salt").status, 0);
  const std::string hosts = Ask("sql 'select host from run order by host' --to csv").out;
  EXPECT_EQ(std::ranges::count(hosts, '\n'), 4);
  EXPECT_EQ(hosts.find("n0"), std::string::npos) << hosts;
  std::stringstream bytes;
  bytes << std::ifstream(Fleet(), std::ios::binary).rdbuf();
  for (const char* name : {"n0.json", "\"n0\"", "build-7"}) {
    EXPECT_EQ(bytes.str().find(name), std::string::npos) << name;
  }
  EXPECT_NE(Merge(Folder() + " --anonymise salt").out.find(" 0 of them new"), std::string::npos);
  EXPECT_NE(Merge(Folder() + " --anonymise other").out.find(" 3 of them new"), std::string::npos);
  EXPECT_EQ(Merge(Folder() + " --anonymise ''").status, 2);
}

TEST_F(MergeProgram, IsAGate) {
  WriteHosts(3);
  ASSERT_EQ(Merge(Folder()).status, 0);
  const auto status = [&](const std::string& question) { return Ask(question).status; };
  EXPECT_EQ(status("missing pidfd_open --fail-on 1"), 0);
  EXPECT_EQ(status("where feature:pidfd_opem --fail-on 1"), 2);
  EXPECT_NE(Ask("columns --fail-on 3").out.find("3 of 3 hosts match"), std::string::npos);
  EXPECT_EQ(status("columns --fail-on 3"), 1);
  EXPECT_EQ(status("columns --fail-on 4"), 0);
  EXPECT_EQ(status("columns --fail-on 100%"), 1);
  EXPECT_EQ(status("missing pidfd_open"), 0);
  // Where nothing is known, nothing is well.
  auto fleet = reports::fleet::OpenFleet(Fleet(), reports::fleet::Use::kWrite);
  fleet->Execute("DELETE FROM run");
  fleet.reset();
  EXPECT_EQ(status("outliers --fail-on 1"), 3);
}

}  // namespace
}  // namespace pidproof::runner::fleet::merge_program_test
