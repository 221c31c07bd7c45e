// A recording with names: descriptors and PIDs are variables, and what only the C library asked is
// left out.
#pragma once

#include <string>
#include <vector>

#include "runner/transcript/names.h"
#include "runner/transcript/recording.h"
#include "runner/transcript/signature.h"

namespace pidproof::runner::transcript {

// A value at a place in memory: a variable that stands there, or one that the kernel writes there.
struct Place {
  Member member;
  std::string name;  // the variable; empty: a plain number
  std::int64_t value = 0;
  bool made = false;  // the variable is set to what the kernel wrote
};

struct Memory {
  std::uint64_t address = 0;
  std::string before;
  std::string after;
  std::string_view layout;
  bool is_text = false;
  bool is_written = false;
  NamedText text;
  std::vector<Place> given;
  std::vector<Place> answered;
  // Where the address of another block stands.
  std::vector<std::pair<std::size_t, std::size_t>> pointers;
};

struct Argument {
  std::string text;  // an expression of C
  long block = -1;   // or memory
};

struct Step {
  const Call* call = nullptr;
  std::size_t actor = 0;
  Signature signature;
  std::vector<Argument> arguments;
  std::vector<Memory> memory;
  std::string result;     // the variable that the result is, or is to equal; may be empty
  bool executes = false;  // a new program
  bool makes = false;     // whether the result is a new descriptor or PID
  bool varies = false;    // any result that is not an errno will do
  std::size_t made = 0;   // the actor that a clone made
  std::size_t repeated = 1;
  // Moments of shown steps; a step that waited has two.
  std::size_t turn = 0;
  std::size_t turn_back = 0;       // 0: at once
  std::vector<std::size_t> after;  // actors that have ended by then
};

struct Script {
  std::vector<Step> steps;  // in the order in which they began
  std::vector<std::string> actors;
  std::vector<std::string> variables;
  std::size_t turns = 0;
  std::size_t left_out = 0;
  std::vector<std::string> obstacles;  // why it cannot be written as a program
};

Script Named(const Recording& recording);

}  // namespace pidproof::runner::transcript
