// The variables that stand for descriptors, PIDs and other values that differ from run to run.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runner/transcript/recording.h"

namespace pidproof::runner::transcript {

// A path whose numbers are variables: a format of printf(3), and what it prints.
struct NamedText {
  std::string format;
  std::vector<std::string> variables;
};

class Names {
 public:
  explicit Names(std::size_t actors) : tables_(actors) {}

  // A new variable: the kind and how many there are of it.
  std::string New(std::string_view kind);
  void Add(const std::string& variable);

  // As an expression: a variable, a constant, or the number itself.
  std::string OfFd(std::size_t actor, std::int64_t fd);
  std::string OfPid(std::int64_t pid) const;
  // A variable, perhaps with an offset; empty where the address is in no mapping that has one.
  std::string OfAddress(std::uint64_t address) const;
  // A variable; empty where none has this value.
  std::string OfWord(std::int64_t word) const;
  // "/proc/5/fd/3": the numbers are a PID and a descriptor.
  NamedText OfPath(std::size_t actor, std::string_view path);

  void SetFd(std::size_t actor, int fd, const std::string& name);
  void SetPid(std::int64_t pid, const std::string& name) { pids_[pid] = name; }
  void SetWord(std::int64_t word, const std::string& name) { words_[word] = name; }
  void SetMapping(std::uint64_t address, std::uint64_t size, const std::string& name);
  // A process or thread begins with its maker's descriptors, or shares them.
  void Inherit(std::size_t actor, std::size_t maker, bool shared);

  const std::vector<std::string>& variables() const { return variables_; }

 private:
  using Descriptors = std::map<int, std::string>;
  struct Mapping {
    std::uint64_t size;
    std::string name;
  };

  Descriptors& Table(std::size_t actor);

  std::vector<std::string> variables_;
  std::vector<std::shared_ptr<Descriptors>> tables_;
  std::map<std::int64_t, std::string> pids_;
  std::map<std::int64_t, std::string> words_;
  std::map<std::uint64_t, Mapping> mappings_;
  std::map<std::string, int> counts_;
};

}  // namespace pidproof::runner::transcript
