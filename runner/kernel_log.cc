#include "runner/kernel_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "reports/document/vocabulary.h"

namespace pidproof::runner {

namespace {

reports::KernelLogLine ToLogLine(const kernel_log::KernelTrouble& trouble) {
  reports::KernelLogLine row{
      .time = trouble.line.seconds, .kind = trouble.kind, .text = trouble.line.text};
  if (trouble.line.level) row.level = static_cast<std::uint64_t>(*trouble.line.level);
  return row;
}

void AddNote(const std::string& note, reports::Document& document) {
  if (!document.run.notes.empty()) document.run.notes += "; ";
  document.run.notes += "kernel log: " + note;
}

std::vector<kernel_log::KernelLine> LinesOf(std::string_view console) {
  std::vector<kernel_log::KernelLine> lines;
  while (!console.empty()) {
    const std::size_t length = std::min(console.find('\n'), console.size());
    lines.push_back(kernel_log::ParseConsoleLine(console.substr(0, length)));
    console.remove_prefix(std::min(length + 1, console.size()));
  }
  return lines;
}

}  // namespace

// A container's first process may be called /init too, and shares its kernel.
KernelLog::KernelLog(const Options& options, const HostFacts& facts)
    : is_own_(options.is_init && facts.pid_namespace == "initial"),
      watch_(is_own_ ? kernel_log::KernelWatch::kBoot : kernel_log::KernelWatch::kNow) {}

void KernelLog::RecordIn(reports::Document& document) {
  const kernel_log::KernelReport report = watch_.Finish();
  document.run.kernel_watch = is_own_ ? reports::kOwnKernel : reports::kSharedKernel;
  if (!report.unread.empty()) document.run.kernel_watch = "none: " + report.unread;
  if (report.left_out > 0) {
    AddNote(fmt::format("{} more lines report trouble", report.left_out), document);
  }
  if (report.overwritten) {
    AddNote("the kernel threw lines away before they were read", document);
  }
  if (!report.unread.empty() && report.lines.empty()) return;
  std::ranges::transform(report.lines, std::back_inserter(document.kernel_log.emplace()),
                         ToLogLine);
}

bool IsKernelLog(std::string_view console) {
  return std::ranges::any_of(LinesOf(console), [](const kernel_log::KernelLine& line) {
    return line.seconds.has_value() || line.text.starts_with("Linux version ") ||
           !kernel_log::TroubleKind(line.text).empty();
  });
}

std::string TroubleIn(std::string_view console) {
  std::string lines;
  for (const kernel_log::KernelLine& line : LinesOf(console)) {
    if (!kernel_log::TroubleKind(line.text).empty()) lines += line.text + "\n";
  }
  return lines;
}

}  // namespace pidproof::runner
