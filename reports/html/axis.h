// A logarithmic axis of a figure: where a value is, and which values are marked.
#pragma once

#include <string>
#include <vector>

namespace pidproof::reports::html {

// Whether a logarithmic axis has a place for it: it is finite and above 0.
bool IsOnLogAxis(double value);

class LogAxis {
 public:
  // From the largest of 1, 2, 5, 10 ... that is no more than all values to the least that is no
  // less than them, in pixels from `from` to `to`. Values that have no place are passed over; of
  // none it is the axis from 1 to 10.
  LogAxis(const std::vector<double>& values, double from, double to);

  // The pixel of the value; of one beyond an end, that end.
  double At(double value) const;
  bool Contains(double value) const;
  // Powers of ten, with 2 and 5 times them where there is room for the words at them, and not all
  // powers where there is none.
  std::vector<double> Ticks() const;

 private:
  // The powers of ten that are multiples of that power, times each step.
  std::vector<double> TicksOf(const std::vector<double>& steps, double stride) const;

  double least_ = 0;  // logarithms
  double most_ = 1;
  double from_;
  double to_;
};

// A number of pixels as SVG takes it, with one decimal.
std::string Pixels(double pixels);

// What stands at a tick, without decimals that are 0: a duration "1 us"; a number "0.5", "10k".
std::string TimeOfTick(double nanoseconds);
std::string NumberOfTick(double number);

}  // namespace pidproof::reports::html
