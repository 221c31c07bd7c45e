// As a test of LTP prints it: kirk counts the words, or reads the summary.
#include <fmt/format.h>

#include "reports/formats/cases.h"
#include "reports/formats/format.h"

namespace pidproof::reports::formats::ltp {

namespace {

std::string_view LtpWord(Result result) {
  switch (result) {
    case Result::kPass:
      return "TPASS";
    case Result::kFail:
      return "TFAIL";
    case Result::kSkip:
      return "TCONF";
    case Result::kError:
    case Result::kTimeout:
      break;
  }
  return "TBROK";
}

std::string Ltp(const std::vector<compare::NamedDocument>& documents, const Settings&) {
  const std::vector<Case> cases = Cases(documents);
  std::string text;
  for (const Case& each : cases) {
    text += fmt::format("{}: {}: {}\n", each.name, LtpWord(each.result),
                        each.reason.empty() ? "as documented" : each.reason);
  }
  const Totals totals = Count(cases);
  return text +
         fmt::format("\nSummary:\npassed   {}\nfailed   {}\nbroken   {}\nskipped  {}\nwarnings 0\n",
                     totals.pass, totals.fail, totals.error, totals.skip);
}

const Registered<Format> kLtp{{
    .name = "ltp",
    .summary = "as a test of LTP prints it: kirk",
    .render = Ltp,
}};

}  // namespace

}  // namespace pidproof::reports::formats::ltp
