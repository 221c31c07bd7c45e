#include "scenarios/supervise/stopper.h"

#include <errno.h>
#include <signal.h>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/thread.h"
#include "scenarios/watch/strategy.h"

namespace pidproof::scenarios::supervise {

Stopper::Stopper(const Workers& workers, std::uint64_t seed)
    : workers_(workers), random_(seed), aimed_(workers.size()), thread_(StartThread([this] {
        try {
          Run();
        } catch (...) {
          failure_ = std::current_exception();
        }
      })) {}

void Stopper::End() {
  ending_ = true;
  if (thread_.joinable()) thread_.join();
  if (failure_) std::rethrow_exception(failure_);
}

Stopper::~Stopper() {
  ending_ = true;
  if (thread_.joinable()) thread_.join();
}

void Stopper::Run() {
  for (std::size_t place = 0; !ending_; place = (place + 1) % workers_.size()) Stop(place);
}

void Stopper::Stop(std::size_t place) {
  const std::shared_ptr<const Worker> worker = workers_.At(place);
  BeBusy();
  aimed_[place] = worker->generation;
  const sys::Status status = worker->pidfd
                                 ? sys::PidfdSendSignal(worker->pidfd.get(), SIGUSR2, nullptr, 0)
                                 : sys::Kill(worker->pid, SIGUSR2);
  if (status.error() == ESRCH) return;
  Require(status);
  ++sent_;
}

void Stopper::BeBusy() {
  const std::int64_t last =
      watch::NowNs() + std::uniform_int_distribution<std::int64_t>(0, 100'000)(random_);
  while (watch::NowNs() < last && !ending_) {
  }
}

}  // namespace pidproof::scenarios::supervise
