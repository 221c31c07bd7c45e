// libFuzzer's target; its main is the library's.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "reports/fuzz/merge_and_ask_testing.h"
#include "reports/fuzz/read_and_render_testing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string complaint = pidproof::reports::fuzz::Complaint(text);
  if (complaint.empty()) complaint = pidproof::reports::fuzz::FleetComplaint(text);
  if (complaint.empty()) return 0;
  std::fprintf(stderr, "%s\n", complaint.c_str());
  std::abort();
}
