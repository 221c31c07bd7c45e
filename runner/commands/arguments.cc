#include "runner/commands/arguments.h"

#include <CLI/CLI.hpp>

namespace pidproof::runner::commands {

namespace {

// An empty value is nearly always a variable of the shell that was not set.
CLI::Option* NeverEmpty(CLI::Option* option) {
  return option->check([](const std::string& value) {
    return value.empty() ? "is empty: leave it out, or give it a value" : "";
  });
}

}  // namespace

Argument& Argument::Required() {
  option_->required();
  return *this;
}

Argument& Argument::NotWith(const Argument& other) {
  option_->excludes(other.option_);
  return *this;
}

Argument& Argument::Of(std::string_view type) {
  option_->type_name(std::string(type));
  return *this;
}

Argument& Argument::OneEachTime() {
  option_->allow_extra_args(false);
  return *this;
}

Argument& Argument::SeparatedByCommas() {
  option_->delimiter(',');
  return *this;
}

Argument& Argument::OneOf(const std::vector<std::string>& words) {
  option_->check(CLI::IsMember(words));
  return *this;
}

Argument& Argument::Checked(std::function<std::string(const std::string& value)> check) {
  option_->check(std::move(check));
  return *this;
}

Argument Arguments::Flag(std::string_view name, bool& given, std::string_view text) {
  return Argument(command_.add_flag(std::string(name), given, std::string(text)));
}

Argument Arguments::Value(std::string_view name, std::string& value, std::string_view text) {
  return Argument(NeverEmpty(command_.add_option(std::string(name), value, std::string(text))));
}

Argument Arguments::List(std::string_view name, std::vector<std::string>& values,
                         std::string_view text) {
  return Argument(NeverEmpty(command_.add_option(std::string(name), values, std::string(text))));
}

}  // namespace pidproof::runner::commands
