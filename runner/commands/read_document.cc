#include "runner/commands/read_document.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "reports/document/gaps.h"
#include "runner/gate.h"
#include "runner/json_input.h"

namespace pidproof::runner::commands {

reports::Document ReadDocument(const std::string& file) {
  const std::string text = ReadJson(file);
  try {
    return reports::FromJson(text);
  } catch (const reports::Unreadable& cut) {
    throw Undecided(fmt::format("{}: {}", file, cut.what()));
  } catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("{}: {}", file, error.what()));
  }
}

std::vector<std::string> GapsOfVerdicts(const reports::Document& document) {
  std::vector<std::string> gaps = reports::Gaps(document);
  if (!gaps.empty()) return gaps;
  if (std::string why = reports::WhyUndecided(document); !why.empty()) {
    gaps.push_back(std::move(why));
  }
  return gaps;
}

}  // namespace pidproof::runner::commands
