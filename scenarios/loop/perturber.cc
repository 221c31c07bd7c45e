#include "scenarios/loop/perturber.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "probes/system/processors.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/thread.h"
#include "scenarios/loop/flight_recorder.h"

namespace pidproof::scenarios {

namespace {

constexpr long kBetweenTicks = 100'000;  // nanoseconds
constexpr std::int64_t kNoise = 5'000;   // nanoseconds that a tick takes from the processor
constexpr int kYieldingNice = 10;

itimerspec Every(long nanoseconds) { return {{0, nanoseconds}, {0, nanoseconds}}; }

void SetNice(pid_t thread, int nice) { setpriority(PRIO_PROCESS, static_cast<id_t>(thread), nice); }

// Lowering the nice value again may need privilege (RLIMIT_NICE).
bool MayComeBack() {
  SetNice(0, 1);
  return setpriority(PRIO_PROCESS, 0, 0) == 0;
}

}  // namespace

Perturber::Perturber() : all_(AllowedProcessors()), processors_(ProcessorsIn(all_)) {}

Perturber::~Perturber() {
  const pid_t here = 0;
  Set({}, std::span(&here, 1));
  if (signals_) timer_delete(*signals_);
  if (!noise_.joinable()) return;
  noise_ends_ = 1;
  const itimerspec now = Every(1);
  timerfd_settime(ticks_.get(), 0, &now, nullptr);
  noise_.join();
}

void Perturber::Set(const Perturbation& perturbation, std::span<const pid_t> threads) {
  Place(perturbation.place, threads);
  Preempt(perturbation.pressure == Perturbation::kPreemption, threads.back());
  Signal(perturbation.pressure == Perturbation::kSignals, threads.back());
  Yield(perturbation.yielding, threads.back());
}

void Perturber::Place(Perturbation::Place place, std::span<const pid_t> threads) {
  if (processors_.empty()) return;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    const std::size_t chosen = place == Perturbation::kApart ? i % processors_.size() : 0;
    AllowProcessors(place == Perturbation::kAnywhere ? all_ : Only(processors_[chosen]),
                    threads[i]);
  }
}

void Perturber::MakeNoise() {
  std::uint64_t ticks = 0;
  while (read(ticks_.get(), &ticks, sizeof ticks) > 0 && noise_ends_ == 0) SpinFor(kNoise);
}

// A thread that wakes up often, on the processor of the disturbed thread.
void Perturber::Preempt(bool on, pid_t thread) {
  if (!on && !noise_.joinable()) return;
  if (!noise_.joinable()) {
    ticks_ = Fd(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
    const itimerspec never = Every(0);
    // Without ticks the thread would wait for ever.
    if (!ticks_ || timerfd_settime(ticks_.get(), 0, &never, nullptr) != 0) return;
    try {
      noise_ = StartThread([this] { MakeNoise(); });
    } catch (const Unsupported&) {
      return;
    }
  }
  if (on) {
    // An empty set, where the affinity cannot be read, is refused: the thread stays where it is.
    const cpu_set_t where = AllowedProcessors(thread);
    pthread_setaffinity_np(noise_.native_handle(), sizeof where, &where);
  }
  const itimerspec ticks = Every(on ? kBetweenTicks : 0);
  timerfd_settime(ticks_.get(), 0, &ticks, nullptr);
}

// SIGURG is ignored by default.
void Perturber::Signal(bool on, pid_t thread) {
  if (signals_) timer_delete(*signals_);
  signals_.reset();
  if (!on) return;
  struct sigaction nothing {};
  nothing.sa_handler = [](int) {};
  nothing.sa_flags = SA_RESTART;
  sigaction(SIGURG, &nothing, nullptr);
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGURG;
  event._sigev_un._tid = thread == 0 ? gettid() : thread;
  timer_t timer{};
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return;
  signals_ = timer;
  const itimerspec ticks = Every(kBetweenTicks);
  timer_settime(timer, 0, &ticks, nullptr);
}

void Perturber::Yield(bool on, pid_t thread) {
  if (on == yields_) return;
  if (!may_yield_) may_yield_ = MayComeBack();
  if (!*may_yield_) return;
  SetNice(thread, on ? kYieldingNice : 0);
  yields_ = on;
}

}  // namespace pidproof::scenarios
