// What a question to a fleet is answered with: a table, each row of which is of some hosts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "probes/registry.h"

namespace pidproof::reports::fleet {

struct AnswerRow {
  std::vector<std::string> cells;  // as many as there are columns
  std::vector<std::string> hosts;  // whom it is true of, by name, each once; may be empty
  // Whether it is what a gate is about (--fail-on) and a list of hosts names: a feature that is
  // missing, a program that falls back; not the row beside it that says who is well.
  bool matches = true;
};

struct Answer {
  std::string question;              // "missing", as it was asked
  std::string title;                 // a sentence without a full stop: "Hosts without pidfd_open"
  std::vector<std::string> columns;  // titles, in lower case; those of the hosts are not among them
  std::vector<AnswerRow> rows;
  std::vector<std::string> notes = {};  // what a reader must know, a sentence each
  std::uint64_t of = 0;                 // hosts with a whole document
};

// The hosts of all rows that match, sorted, each once.
std::vector<std::string> MatchingHosts(const Answer& answer);

// A form in which an answer is written: a `const Registered<AnswerForm>` in a file of this folder.
struct AnswerForm {
  std::string_view name;     // "markdown"
  std::string_view summary;  // who reads it, in one line
  std::string (*render)(const Answer& answer);
};

}  // namespace pidproof::reports::fleet
