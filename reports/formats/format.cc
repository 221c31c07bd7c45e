#include "reports/formats/format.h"

#include <fmt/format.h>

#include <stdexcept>

namespace pidproof::reports::formats {

const Format& FindFormat(std::string_view name) {
  if (const Format* format = Registered<Format>::Find(name)) return *format;
  std::vector<std::string_view> names;
  for (const Format* format : Registered<Format>::All()) names.push_back(format->name);
  throw std::runtime_error(
      fmt::format("'{}' is not a format; there are: {}", name, fmt::join(names, ", ")));
}

std::string Render(const Format& format, const std::vector<compare::NamedDocument>& documents,
                   const Settings& settings) {
  if (format.is_of_one_host && documents.size() != 1) {
    throw std::runtime_error(fmt::format("{} is of one host: give one document", format.name));
  }
  return format.render(documents, settings);
}

}  // namespace pidproof::reports::formats
