// Shadow mode, as a supervisor runs while it moves from PIDs to pidfds: it asks everything twice,
// by both handles of one process, logs both, and compares the answers. Meanwhile the process ends,
// is reaped, and its PID is reused, each at a random moment or not at all. A trial of either path
// asks both; its outcome says whether the answer by that path was right when the two differed.
#include <signal.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <random>
#include <utility>

#include "probes/system/require.h"
#include "scenarios/fixtures/referee.h"
#include "scenarios/handle.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/race.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios::torture::shadow {
namespace {

constexpr int kTested = SIGUSR1;
constexpr int kEnding = SIGUSR2;
constexpr std::int64_t kLongestMove = 10'000'000;  // nanoseconds: a longer one was disturbed

// The states of a process in their order, and the moves between them.
enum Stage { kAlive, kEnds, kZombie, kIsReaped, kReaped, kIsReused, kReused };

// What a verb answered.
struct Answer {
  Outcome word;
  CallResult saw;
};

struct Verb {
  const char* by_pid;  // literals, for the record
  const char* by_pidfd;
  Answer (*ask)(const Handle&);
  Outcome alive;  // the right answers
  Outcome zombie;
  Outcome gone;  // reaped, whoever has the PID now
};

Answer OfSignal(const sys::Status& sent) { return {Outcome::Of(sent), sent}; }

constexpr Verb kCheck{.by_pid = "kill(PID, 0)",
                      .by_pidfd = "pidfd_send_signal(pidfd, 0)",
                      .ask = [](const Handle& handle) { return OfSignal(handle.Signal(0)); },
                      .alive = "ok",
                      .zombie = "ok",
                      .gone = "esrch"};

constexpr Verb kTerminate{
    .by_pid = "kill(PID, SIGUSR1)",
    .by_pidfd = "pidfd_send_signal(pidfd, SIGUSR1)",
    .ask = [](const Handle& handle) { return OfSignal(handle.Signal(kTested)); },
    .alive = "ok",
    .zombie = "ok",
    .gone = "esrch"};

// Peeks, so that the second answer can be that of the first.
constexpr Verb kPeek{.by_pid = "waitid(P_PID, WNOWAIT)",
                     .by_pidfd = "waitid(P_PIDFD, WNOWAIT)",
                     .ask =
                         [](const Handle& handle) {
                           const auto seen = handle.Wait(WEXITED | WNOHANG | WNOWAIT);
                           return Answer{Outcome::Of(seen), seen};
                         },
                     .alive = "running",
                     .zombie = "killed",
                     .gone = "echild"};

// The states that the process may have been in during a call. A move has begun in the state before
// it and ends in the one after it.
struct Span {
  int from;
  int to;
  static Span Between(int before, int after) { return {before - before % 2, after + after % 2}; }

  bool Allows(const Verb& verb, Outcome answer) const {
    if (from <= kAlive && answer == verb.alive) return true;
    if (from <= kZombie && kZombie <= to && answer == verb.zombie) return true;
    return to >= kReaped && answer == verb.gone;
  }
};

// The process, and what becomes of its PID.
class Life {
 public:
  Life(Arena& arena, std::mt19937_64& chance) : arena_(arena), chance_(chance) {}

  // A new process, and how far it will come.
  void Begin() {
    Arena::Stub worker = arena_.SpawnWithPid(StubLife::kWaits, true);
    pid_ = worker.pid;
    pidfd_number_ = worker.pidfd.get();
    by_pidfd_.emplace(Handle::Of(worker, kPidfd));
    by_pid_.emplace(Handle::From(pid_, Fd(), kLegacyPid));
    stage_ = kAlive;
    // Every other one comes as far as to the reuse, by which a PID can do harm.
    last_ = std::min<int>(2 * std::uniform_int_distribution(0, kReused - 1)(chance_), kReused);
    for (std::int64_t& pause : pauses_) pause = Draw(move_);
    pauses_[static_cast<std::size_t>(last_ / 2)] = Draw(4 * move_);
  }
  // Brings it as far as that. Returns the last stage.
  CallResult Run() {
    SpinFor(pauses_[0]);
    for (int next = kAlive; next < last_;) {
      stage_ = ++next;
      Move(next);
      stage_ = ++next;
      SpinFor(pauses_[static_cast<std::size_t>(next / 2)]);
    }
    return last_;
  }
  // Frees the PID, whoever has it.
  void Finish() {
    if (stage_ != kReaped) arena_.End({pid_, Fd()});
  }

  int stage() const { return stage_; }
  pid_t pid() const { return pid_; }
  int pidfd_number() const { return pidfd_number_; }
  const Handle& by_pidfd() const { return *by_pidfd_; }
  const Handle& by_pid() const { return *by_pid_; }

 private:
  std::int64_t Draw(std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(0, most)(chance_);
  }
  void Move(int stage) {
    const std::int64_t begun = ClockNow();
    if (stage == kEnds) referee::End(pid_, kEnding);
    if (stage == kIsReaped) referee::Reap(pid_);
    if (stage == kIsReused) arena_.SpawnWithPid(StubLife::kWaits, false);
    move_ += (std::min(ClockNow() - begun, kLongestMove) - move_) / 16;
  }

  Arena& arena_;
  std::mt19937_64& chance_;
  pid_t pid_ = 0;
  int pidfd_number_ = -1;
  std::optional<Handle> by_pidfd_;
  std::optional<Handle> by_pid_;
  std::atomic<int> stage_ = kAlive;
  int last_ = kAlive;
  std::int64_t move_ = 20'000;                          // learnt: nanoseconds that a move takes
  std::array<std::int64_t, kReused / 2 + 1> pauses_{};  // in each state
};

// The answers of both handles to one verb, and the states that the process may have had.
struct Pair {
  Answer by_pid{"", 0};
  Answer by_pidfd{"", 0};
  Span span{};
};

Pair AskBoth(const Verb& verb, const Life& life, bool pidfd_first) {
  Pair pair;
  const int before = life.stage();
  if (pidfd_first) pair.by_pidfd = verb.ask(life.by_pidfd());
  pair.by_pid = verb.ask(life.by_pid());
  if (!pidfd_first) pair.by_pidfd = verb.ask(life.by_pidfd());
  pair.span = Span::Between(before, life.stage());
  return pair;
}

// own: of the path whose trial it is.
Outcome Compare(const Verb& verb, const Span& span, Outcome own, Outcome other) {
  const bool right = span.Allows(verb, own);
  if (own == other) return right ? "agreed" : "agreed_wrong";
  if (!right) return "differed_wrong";
  return span.Allows(verb, other) ? "changed_between" : "differed_right";
}

template <const Verb& kVerb>
void AskTwice(Arena& arena, Path path, TrialLoop& trials) {
  MeasureBaseline(arena, trials, true);
  Life life(arena, trials.chance());
  Pair pair;
  bool pidfd_first = false;
  Race race(trials, {{"end, reap, reuse", [&] { return life.Run(); }},
                     {"ask by both handles", [&]() -> CallResult {
                        pair = AskBoth(kVerb, life, pidfd_first);
                        return 0;
                      }}});
  while (trials.Next()) {
    life.Begin();
    pidfd_first = trials.chance()() % 2 == 0;
    race.Run();
    life.Finish();
    trials.Note("PID", life.pid());
    trials.Note(kVerb.by_pid, pair.by_pid.saw);
    trials.Note("pidfd", life.pidfd_number());
    trials.Note(kVerb.by_pidfd, pair.by_pidfd.saw);
    Outcome own = pair.by_pid.word;
    Outcome other = pair.by_pidfd.word;
    if (Handle::NeedsPidfdAtSpawn(path)) std::swap(own, other);
    // By PID, harm can come only once the PID is reused.
    trials.Record(Compare(kVerb, pair.span, own, other),
                  pair.span.to == kReused ? Window::kOpen : Window::kClosed);
  }
}

Torture Question(std::string_view name, std::string_view question, std::string_view call,
                 std::string_view source, void (*loop)(Arena&, Path, TrialLoop&),
                 const std::vector<std::string_view>& faults) {
  const std::vector<std::string_view> needs = {"clone3/pidfd", call};
  return {
      .name = name,
      .question = question,
      .claims = {Must("agreed", "alive, as a zombie, and reaped, both name the same process",
                      source),
                 May("changed_between", "the process went on between the two calls", source),
                 Never("agreed_wrong", "both gave an answer that the process had no state for",
                       source)},
      .pidfd = {.needs = needs,
                .claims = {Must("differed_right",
                                "the PID is reused and answers for another process", source),
                           Never("differed_wrong", "a pidfd refers to a process, not to a PID",
                                 "pidfd_open(2)")}},
      .legacy = {.needs = needs,
                 .claims = {Hazard("differed_wrong", "the new owner of the PID answered", source)}},
      .no_control = "where both are wrong, the referee knows it: it has moved the process itself",
      .loop = loop,
      .faults = faults,
  };
}

const Registered<Torture> kShadowCheck(
    Question("shadow/check",
             "Do a process's PID and pidfd, both checked by signal 0 while it ends, agree on "
             "whether it is there?",
             "pidfd_send_signal", "pidfd_send_signal(2), kill(2)", AskTwice<kCheck>,
             {"signal-stranger", "zombie-dead"}));

const Registered<Torture> kShadowTerminate(
    Question("shadow/terminate",
             "Do a process's PID and pidfd, both signalled while it ends, agree on whether it "
             "could be signalled?",
             "pidfd_send_signal", "pidfd_send_signal(2), kill(2)", AskTwice<kTerminate>,
             {"signal-stranger", "zombie-dead"}));

const Registered<Torture> kShadowWait(
    Question("shadow/wait",
             "Do a process's PID and pidfd, both waited for while it ends, agree on its status?",
             "waitid/p_pidfd", "waitid(2)", AskTwice<kPeek>,
             {"wait-stranger", "status-twice", "status-lost"}));

}  // namespace
}  // namespace pidproof::scenarios::torture::shadow
