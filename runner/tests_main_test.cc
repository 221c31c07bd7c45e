#include <gtest/gtest.h>

#include "probes/child.h"

int main(int argc, char** argv) {
  pidproof::body::ResumeIfExecuted(argc, argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
