#include "runner/transcript/text.h"

#include <fmt/format.h>
#include <sys/syscall.h>

#include <algorithm>
#include <map>

#include "probes/system/errno_name.h"

namespace pidproof::runner::transcript {

namespace {

std::string Quoted(std::string_view text, std::size_t most) {
  std::string quoted = "\"";
  for (const char letter : text.substr(0, most)) {
    if (letter == '\n') {
      quoted += "\\n";
    } else if (letter < ' ' || letter == '"' || letter == '\\' || letter > '~') {
      quoted += fmt::format("\\x{:02x}", static_cast<unsigned char>(letter));
    } else {
      quoted += letter;
    }
  }
  return quoted + (text.size() > most ? "\"..." : "\"");
}

// A path with its variables in the place of its numbers.
std::string PathText(const Memory& memory) {
  std::string text;
  std::size_t variable = 0;
  for (std::size_t i = 0; i < memory.text.format.size(); ++i) {
    const bool placed = memory.text.format.compare(i, 2, "%d") == 0;
    if (placed) text += fmt::format("<{}>", memory.text.variables[variable++]);
    if (!placed) text += memory.text.format[i];
    if (memory.text.format[i] == '%') ++i;
  }
  return Quoted(text, 200);
}

std::string Places(const std::vector<Place>& places) {
  std::string text;
  for (const Place& place : places) {
    const std::string value = place.name.empty() ? fmt::format("{}", place.value) : place.name;
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", place.member.name, value);
  }
  return text;
}

std::string MemoryText(const Step& step, std::size_t index) {
  const Memory& memory = step.memory[index];
  if (memory.is_text) return PathText(memory);
  const std::vector<Place>& places = memory.is_written ? memory.answered : memory.given;
  if (!places.empty()) return fmt::format("{{{}}}", Places(places));
  if (!memory.pointers.empty()) {
    std::string text;
    for (const auto& [offset, to] : memory.pointers) {
      text += fmt::format("{}{}", text.empty() ? "" : ", ", MemoryText(step, to));
    }
    return fmt::format("{{{}}}", text);
  }
  constexpr std::size_t kMost = 48;
  const bool written = memory.is_written && step.call->returned;
  const std::string& bytes = written ? memory.after : memory.before;
  if (memory.is_written && (step.call->result < 0 || !step.call->returned)) return "{}";
  const bool counted = written && step.signature.name.find("read") != std::string::npos;
  const std::size_t size = counted ? static_cast<std::size_t>(step.call->result) : bytes.size();
  return Quoted(std::string_view(bytes).substr(0, size), kMost);
}

}  // namespace

std::string CallText(const Step& step) {
  std::string text;
  for (const Argument& argument : step.arguments) {
    text += text.empty() ? "" : ", ";
    text += argument.block < 0 ? argument.text
                               : MemoryText(step, static_cast<std::size_t>(argument.block));
  }
  return fmt::format("{}({})", step.signature.name, text);
}

std::string AnswerText(const Step& step) {
  const Call& call = *step.call;
  if (!call.returned) return "never returns";
  if (call.result < 0 && call.result > -4096) {
    const int error = static_cast<int>(-call.result);
    return error < 512 ? fmt::format("-1 {}", ErrnoName(error)) : "interrupted by a signal";
  }
  if (!step.result.empty()) return fmt::format("{} ({})", call.result, step.result);
  return fmt::format("{}", call.result);
}

std::string Text(const Script& script) {
  std::size_t width = 0;
  for (const std::string& actor : script.actors) width = std::max(width, actor.size());
  std::map<std::size_t, std::string> lines;
  for (const Step& step : script.steps) {
    const std::string times =
        step.repeated > 1 ? fmt::format(", asked {} times", step.repeated) : "";
    const std::string& actor = script.actors[step.actor];
    if (step.turn_back == 0) {
      lines[step.turn] = fmt::format("  {:<{}}  {} = {}{}\n", actor, width, CallText(step),
                                     AnswerText(step), times);
    } else {
      lines[step.turn] = fmt::format("  {:<{}}  {} ...\n", actor, width, step.signature.name);
      lines[step.turn_back] = fmt::format("  {:<{}}  ... {} = {}{}\n", actor, width, CallText(step),
                                          AnswerText(step), times);
    }
  }
  std::string text;
  for (const auto& [turn, line] : lines) text += line;
  return text;
}

}  // namespace pidproof::runner::transcript
