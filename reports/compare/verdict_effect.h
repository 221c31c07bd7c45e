// What a change of verdict is worth.
#pragma once

#include "reports/compare/diff.h"
#include "reports/document/vocabulary.h"

namespace pidproof::reports::compare {

inline bool IsWithoutEnd(Verdict verdict) {
  return verdict == Verdict::kHung || verdict == Verdict::kCrashed || verdict == Verdict::kBroken;
}

// The further from a proof that all is well, the higher.
inline int DistanceOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kUpheld:
      return 0;
    case Verdict::kHazardous:
      return 1;
    case Verdict::kUnsupported:
      return 2;
    case Verdict::kInconclusive:
      return 3;
    case Verdict::kHung:
    case Verdict::kCrashed:
    case Verdict::kBroken:
      return 4;
    case Verdict::kViolated:
      return 5;
  }
  return 0;
}

inline Harm HarmOf(Verdict verdict, Path path) {
  if (verdict == Verdict::kViolated) return Harm::kViolated;
  if (IsWithoutEnd(verdict)) return Harm::kNoEnd;
  if (verdict == Verdict::kHazardous) return path == Path::kPidfd ? Harm::kHarm : Harm::kNone;
  if (verdict == Verdict::kUnsupported) return Harm::kLost;
  return verdict == Verdict::kInconclusive ? Harm::kUndecided : Harm::kNone;
}

inline Effect EffectOfVerdict(Path path, Verdict before, Verdict after) {
  const bool legacy = path == Path::kLegacyPid;
  const bool failed = before == Verdict::kViolated || IsWithoutEnd(before);
  // That a PID is hazardous is expected; where it was, nothing is lost that was good.
  if (legacy && after == Verdict::kHazardous && !failed) return Effect::kNeutral;
  if (legacy && before == Verdict::kHazardous && DistanceOf(after) <= 3) return Effect::kNeutral;
  if (after == Verdict::kHazardous && !failed) return Effect::kWorse;
  return DistanceOf(after) > DistanceOf(before) ? Effect::kWorse : Effect::kBetter;
}

}  // namespace pidproof::reports::compare
