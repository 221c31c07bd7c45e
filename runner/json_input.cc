#include "runner/json_input.h"

#include <fmt/format.h>

#include <stdexcept>
#include <string>

#include "reports/document/keys_once.h"
#include "runner/files.h"

namespace pidproof::runner {

std::string ReadJson(const std::string& file) {
  std::string text = ReadInput(file);
  try {
    reports::RefuseRepeatedKeys(text);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(fmt::format("{}: {}", file, error.what()));
  }
  return text;
}

}  // namespace pidproof::runner
