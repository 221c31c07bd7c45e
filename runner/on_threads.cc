#include "runner/on_threads.h"

#include <system_error>
#include <thread>
#include <vector>

#include "probes/system/thread_calls.h"

namespace pidproof {

void OnThreads(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::vector<std::jthread> threads;
  const bool may_begin = count > 1 && RefusalOfThreads().empty();
  try {
    while (may_begin && threads.size() + 1 < count) threads.emplace_back(work, threads.size() + 1);
  } catch (const std::system_error&) {  // the rest is this thread's
  }
  const std::size_t begun = threads.size();
  work(0);
  for (std::size_t place = begun + 1; place < count; ++place) work(place);
}

}  // namespace pidproof
