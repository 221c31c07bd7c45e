#include <gtest/gtest.h>

#include "probes/system/child.h"
#include "probes/system/isolate.h"

int main(int argc, char** argv) {
  pidproof::body::ResumeIfExecuted(argc, argv);
  pidproof::ResetSignals();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
