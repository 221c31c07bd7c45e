#include "runner/transcript/names.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "probes/system/abi.h"

namespace pidproof::runner::transcript {

std::string Names::New(std::string_view kind) {
  const std::string name = fmt::format("{}_{}", kind, ++counts_[std::string(kind)]);
  variables_.push_back(name);
  return name;
}

void Names::Add(const std::string& variable) {
  if (std::ranges::find(variables_, variable) == variables_.end()) variables_.push_back(variable);
}

// An actor whose maker is not known has the trial's.
Names::Descriptors& Names::Table(std::size_t actor) {
  std::shared_ptr<Descriptors>& table = tables_[actor];
  if (!table) table = std::make_shared<Descriptors>(actor == 0 ? Descriptors() : Table(0));
  return *table;
}

std::string Names::OfFd(std::size_t actor, std::int64_t fd) {
  if (fd == AT_FDCWD) return "AT_FDCWD";
  if (fd == abi::kSelfThread) return "PIDFD_SELF_THREAD";
  if (fd == abi::kSelfProcess) return "PIDFD_SELF_THREAD_GROUP";
  const Descriptors& table = Table(actor);
  const auto known = table.find(static_cast<int>(fd));
  return known == table.end() ? fmt::format("{}", fd) : known->second;
}

std::string Names::OfPid(std::int64_t pid) const {
  const auto known = pids_.find(pid < -1 ? -pid : pid);
  if (known == pids_.end() || pid == 0 || pid == -1) return fmt::format("{}", pid);
  return pid < 0 ? "-" + known->second : known->second;
}

std::string Names::OfAddress(std::uint64_t address) const {
  auto after = mappings_.upper_bound(address);
  if (after == mappings_.begin()) return "";
  const auto& [begin, mapping] = *--after;
  // The byte after it is its end, which a call may name.
  if (address - begin > mapping.size) return "";
  return address == begin ? mapping.name : fmt::format("{} + {}", mapping.name, address - begin);
}

std::string Names::OfWord(std::int64_t word) const {
  const auto known = words_.find(word);
  return known == words_.end() ? "" : known->second;
}

NamedText Names::OfPath(std::size_t actor, std::string_view path) {
  NamedText named;
  const auto copy = [&](std::string_view until) {
    if (!path.starts_with(until)) return false;
    named.format += until;
    path.remove_prefix(until.size());
    return true;
  };
  const auto name = [&](bool is_fd) {
    constexpr std::size_t kMostDigits = 9;
    std::size_t digits = 0;
    long value = 0;
    while (digits < std::min(path.size(), kMostDigits) &&
           std::isdigit(static_cast<unsigned char>(path[digits])) != 0) {
      value = value * 10 + (path[digits++] - '0');
    }
    if (digits == 0) return;
    path.remove_prefix(digits);
    named.format += "%d";
    named.variables.push_back(is_fd ? OfFd(actor, value) : OfPid(value));
  };
  if (copy("/proc/")) {
    if (!copy("self/") && !copy("thread-self/")) {
      name(false);
      copy("/");
    }
    if (copy("task/")) {
      name(false);
      copy("/");
    }
    if (copy("fd/") || copy("fdinfo/")) name(true);
  }
  for (const char letter : path) named.format += letter == '%' ? "%%" : std::string(1, letter);
  return named;
}

void Names::SetFd(std::size_t actor, int fd, const std::string& name) { Table(actor)[fd] = name; }

void Names::SetMapping(std::uint64_t address, std::uint64_t size, const std::string& name) {
  mappings_[address] = {size, name};
}

void Names::Inherit(std::size_t actor, std::size_t maker, bool shared) {
  Descriptors& table = Table(maker);
  tables_[actor] = shared ? tables_[maker] : std::make_shared<Descriptors>(table);
}

}  // namespace pidproof::runner::transcript
