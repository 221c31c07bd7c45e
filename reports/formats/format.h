// The forms that other tools read, each a pure function of documents.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "probes/registry.h"
#include "reports/compare/table.h"

namespace pidproof::reports::formats {

// What a form needs to know and no document has.
struct Settings {
  std::string origin = "pidproof";  // KCIDB: who reports, [a-z0-9_]+
  std::string build_id;             // KCIDB: the build that was tested, "origin:anything"
};

// A form: a `const Registered<Format>` in a file of this folder.
struct Format {
  std::string_view name;     // as a user asks for it: "ktap"
  std::string_view summary;  // who reads it, in one line
  bool is_of_one_host = false;
  // Throws std::runtime_error with one line for the user where a setting is missing. One document
  // where it is of one host.
  std::string (*render)(const std::vector<compare::NamedDocument>& documents,
                        const Settings& settings);
};

// Throws std::runtime_error, in one line with the list, where there is none of that name.
const Format& FindFormat(std::string_view name);

// Throws std::runtime_error, in one line, also where a form of one host is asked of several.
std::string Render(const Format& format, const std::vector<compare::NamedDocument>& documents,
                   const Settings& settings);

}  // namespace pidproof::reports::formats
