// Makes the first calls of a consumer of pidfds in this process, for check_replays to trace.
#include <cstdio>

#include "runner/ready/consumer_startup.h"

int main(int count, char** arguments) {
  if (count == 2 && pidproof::runner::ready::StartHere(arguments[1])) return 0;
  std::fprintf(stderr, "usage: pidproof-start CONSUMER, one whose calls are replayed\n");
  return 2;
}
