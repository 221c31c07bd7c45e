#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "reports/document/document.h"
#include "reports/document/vocabulary.h"

namespace pidproof::reports {

// A document looked up and put in the order in which it is read: native first, and of every other
// world only what differs from native. The document must outlive this.
class Index {
 public:
  // One scenario in one world; a path without a cell is null.
  struct Row {
    const Scenario* scenario;
    const Cell* pidfd;
    const Cell* legacy_pid;
  };

  // The entries of a world that are shown, and how many it has in all.
  template <typename Entry>
  struct Chosen {
    std::vector<Entry> entries;
    std::size_t of = 0;
  };

  explicit Index(const Document& document);

  // Every world in the document.
  const std::vector<std::string_view>& worlds() const { return worlds_; }

  // Whether a world is shown by what differs from native: not where the document has no native.
  bool ShowsDifferences(std::string_view world) const {
    return world != kNative && worlds_.front() == kNative;
  }

  const Feature* FindFeature(std::string_view world, std::string_view feature) const;
  const Cell* FindCell(std::string_view world, std::string_view scenario, Path path) const;

  // The features of a world; of any but native, those whose availability differs from native's.
  Chosen<const Feature*> Features(std::string_view world) const;

  // The rows of a world; of any but native, those with a verdict that differs from native's.
  Chosen<Row> Rows(std::string_view world) const;

 private:
  void AddWorld(std::string_view world);
  bool Differs(const Cell* cell) const;

  const Document& document_;
  std::vector<std::string_view> worlds_;
  std::map<std::pair<std::string_view, std::string_view>, const Feature*> features_;
  std::map<std::tuple<std::string_view, std::string_view, Path>, const Cell*> cells_;
};

// Host::seccomp_mode in a word.
std::string_view SeccompName(int mode);

// The answer that the probe of a feature got, in a word.
std::string_view AnswerOf(const Feature& feature);

// Trials per second, of a cell that says how long it ran.
std::optional<std::uint64_t> RateOf(const Cell& cell);

// The outcomes of a cell, the most frequent first.
std::vector<std::pair<std::string_view, std::uint64_t>> OutcomesByCount(const Cell& cell);

}  // namespace pidproof::reports
