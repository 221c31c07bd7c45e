#pragma once

namespace pidproof {

// Makes the program of a few instructions that ExecsQuickly executes: an execve of it takes a tenth
// of what one of this program takes. Before the children are made; once is enough.
void PrepareQuickExec();

namespace body {
// Once the gate opens, executes that program, or this one where that is refused; the new program
// ends with kGateStatus once the gate opens again. 126 if neither can be executed.
int ExecsQuickly(int gate);
}  // namespace body

}  // namespace pidproof
