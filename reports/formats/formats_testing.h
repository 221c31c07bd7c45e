// For tests: documents that forms must take, and the programs that read them.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "reports/document/sample_document_testing.h"
#include "reports/formats/format.h"

namespace pidproof::reports::formats {

// A document whose every text tries to leave its place.
inline Document Hostile() {
  Document document = sample::SampleDocument();
  const std::string hostile =
      "a\n]]>\x1b[31m<script>&\"'|`::error::%0A #SKIP \xff\xc3 \x01 ok 1 x\r\n\\ ...";
  document.host.release = hostile;
  document.host.machine = hostile;
  document.run.kernel_watch = hostile;
  document.run.started = hostile;
  for (Feature& feature : document.features) {
    feature.evidence = hostile;
    feature.feature += hostile;
  }
  for (Cell& cell : document.cells) {
    cell.why = hostile;
    cell.world += hostile;
  }
  return document;
}

inline std::string Rendered(std::string_view format, const Document& document) {
  return FindFormat(format).render({{"sample", document}}, {"origin", "origin:build-1"});
}

struct Ran {
  int status;
  std::string out;
};

// The command with the text in a file "$1".
inline Ran RunOn(const std::string& text, const std::string& command) {
  std::string file = ::testing::TempDir() + "/pidproof_format_XXXXXX";
  const int descriptor = mkstemp(file.data());
  EXPECT_GE(descriptor, 0);
  close(descriptor);
  std::ofstream(file) << text;
  FILE* pipe = popen(("set -- '" + file + "'; " + command + " 2>&1").c_str(), "re");
  EXPECT_NE(pipe, nullptr);
  std::string out;
  std::array<char, 4096> part;
  for (std::size_t got; (got = fread(part.data(), 1, part.size(), pipe)) > 0;)
    out.append(part.data(), got);
  const int status = pclose(pipe);
  std::filesystem::remove(file);
  return {status, out};
}

inline Cell CellThat(Verdict verdict, std::string scenario, std::string why) {
  Cell cell;
  cell.world = "native";
  cell.scenario = std::move(scenario);
  cell.verdict = verdict;
  cell.why = std::move(why);
  return cell;
}

}  // namespace pidproof::reports::formats
