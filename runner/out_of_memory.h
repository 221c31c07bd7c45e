#pragma once

namespace pidproof::runner {

// Ends the program with status 2 and one line on stderr: that memory ran out, by which limit, and
// how to raise it. Takes no memory itself, so that it may be a std::new_handler.
[[noreturn]] void ExitOutOfMemory();

}  // namespace pidproof::runner
