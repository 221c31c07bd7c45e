#pragma once

#include <cstddef>
#include <functional>

namespace pidproof {

// work(0) to work(count - 1): the first on this thread, each other on one of its own. Where no
// thread can be made, or none would end, one after the other. Returns when all are done.
void OnThreads(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace pidproof
