#include "reports/html/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace pidproof::reports::html {

namespace {

constexpr double kRounding = 1e-9;

// 1, 2 or 5 times a power of ten: the nearest that is not above, or not below.
double RoundedDown(double logarithm) {
  const double power = std::floor(logarithm + kRounding);
  double rounded = power;
  for (const double step : {std::log10(2), std::log10(5)}) {
    if (power + step <= logarithm + kRounding) rounded = power + step;
  }
  return rounded;
}

double RoundedUp(double logarithm) {
  const double power = std::floor(logarithm + kRounding);
  for (const double step : {0.0, std::log10(2), std::log10(5)}) {
    if (power + step >= logarithm - kRounding) return power + step;
  }
  return power + 1;
}

}  // namespace

bool IsOnLogAxis(double value) { return std::isfinite(value) && value > 0; }

LogAxis::LogAxis(const std::vector<double>& values, double from, double to) : from_(from), to_(to) {
  std::vector<double> logarithms;
  for (const double value : values) {
    if (IsOnLogAxis(value)) logarithms.push_back(std::log10(value));
  }
  if (logarithms.empty()) return;
  const auto [least, most] = std::ranges::minmax(logarithms);
  least_ = RoundedDown(least);
  most_ = std::max(RoundedUp(most), least_ + std::log10(2));
}

double LogAxis::At(double value) const {
  const double share =
      value <= 0 ? 0 : std::clamp((std::log10(value) - least_) / (most_ - least_), 0.0, 1.0);
  return from_ + share * (to_ - from_);
}

bool LogAxis::Contains(double value) const {
  if (!IsOnLogAxis(value)) return false;
  const double logarithm = std::log10(value);
  return logarithm >= least_ - kRounding && logarithm <= most_ + kRounding;
}

std::vector<double> LogAxis::TicksOf(const std::vector<double>& steps, double stride) const {
  std::vector<double> ticks;
  for (double power = std::floor(least_ / stride) * stride; power <= most_ + kRounding;
       power += stride) {
    for (const double step : steps) {
      const double tick = step * std::pow(10, power);
      if (Contains(tick)) ticks.push_back(tick);
    }
  }
  return ticks;
}

std::vector<double> LogAxis::Ticks() const {
  constexpr double kRoom = 34;  // pixels for each
  const double most = std::max(2.0, std::abs(to_ - from_) / kRoom + 1);
  const auto fit = [&](const std::vector<double>& ticks) {
    return static_cast<double>(ticks.size()) <= most;
  };
  if (const auto ticks = TicksOf({1, 2, 5}, 1); fit(ticks)) return ticks;
  for (double stride = 1;; ++stride) {
    if (const auto ticks = TicksOf({1}, stride); fit(ticks)) return ticks;
  }
}

std::string Pixels(double pixels) { return fmt::format("{}", std::round(pixels * 10) / 10); }

std::string NumberOfTick(double number) {
  for (const auto& [size, unit] : {std::pair(1e9, "G"), std::pair(1e6, "M"), std::pair(1e3, "k")}) {
    if (number > size * (1 - kRounding)) return fmt::format("{:.3g}{}", number / size, unit);
  }
  return fmt::format("{:.3g}", number);
}

std::string TimeOfTick(double nanoseconds) {
  for (const auto& [size, unit] :
       {std::pair(1e9, "s"), std::pair(1e6, "ms"), std::pair(1e3, "us")}) {
    if (nanoseconds > size * (1 - kRounding))
      return fmt::format("{:.3g} {}", nanoseconds / size, unit);
  }
  return fmt::format("{:.3g} ns", nanoseconds);
}

}  // namespace pidproof::reports::html
