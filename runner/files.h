#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pidproof::runner {

// Puts the text where it is wanted: "-" is stdout; a file that is not a device is written beside
// and then renamed, so that a reader never sees half of it. Throws std::runtime_error with one line
// for the user.
void WriteOutput(const std::string& where, std::string_view text);

// Whether what WriteOutput puts there a second time replaces the first: so with files, not with
// devices, pipes and stdout.
bool IsReplaceable(const std::string& where);

// Finds out, before the work is done, whether WriteOutput could put its result there, and removes
// what a WriteOutput that was killed left beside it. Throws as WriteOutput does.
void CheckDeliverable(const std::string& where);

// Throws std::invalid_argument where two outputs, or an output and an input, are one file, whatever
// their names. Devices, which take what comes, may be named twice.
void RefuseOneForTwo(const std::vector<std::string>& outputs,
                     const std::vector<std::string>& inputs);

// More than any document or kernel log has, and less than memory: /dev/zero has no end.
inline constexpr std::size_t kLargestInput = std::size_t{256} << 20;

// The whole of a file, or of stdin for "-". Throws std::runtime_error with one line for the user.
std::string ReadInput(const std::string& file);

}  // namespace pidproof::runner
