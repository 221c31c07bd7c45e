#pragma once

#include <functional>
#include <string>

#include "scenarios/arena.h"
#include "scenarios/outcome.h"

namespace pidproof {

// A deputy is a child that asks in our place, from where we cannot: its body returns the errno of
// the call, or kCannot when it did not get there.
inline constexpr int kCannot = 255;

// What the deputy heard. Throws Unsupported with that reason if it could not ask.
Outcome AskThrough(Arena& arena, Child::Body deputy, const std::string& cannot,
                   const Birth& birth = {});

// Makes this process one of a user without rights who owns nothing here. False where there is no
// such user, or no right to become one.
bool BecomeStranger();

// What a deputy hears who is such a stranger: the errno that ask returns there. Throws Unsupported
// where there is none.
Outcome AskAsStranger(Arena& arena, const std::function<int()>& ask);

}  // namespace pidproof
