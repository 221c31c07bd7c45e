// Which of several ended children a wait collects.
#include <array>

#include "probes/system/require.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::wait_order {
namespace {

// Three children, made in this order, that end in another.
struct Ended {
  explicit Ended(Arena& arena)
      : children{arena.Spawn(body::Lingers), arena.Spawn(body::Lingers),
                 arena.Spawn(body::Lingers)} {
    for (const std::size_t i : {1, 2, 0}) {
      children[i].Kill();
      children[i].AwaitZombie();
    }
  }
  std::array<Child, 3> children;
};

const Registered<Conformance> kAny{{
    .name = "wait/order_of_ended",
    .question = "In which order are children collected that have ended?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"},
              .claims = {Must("as_asked", "a wait by pidfd is for one process",
                              "waitid(2), P_PIDFD")},
              .ask = [](Arena& arena) -> Outcome {
                Ended ended(arena);
                for (const std::size_t i : {2, 0, 1}) {
                  Child& child = ended.children[i];
                  const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                  const Result<siginfo_t> waited =
                      tested::Waitid(P_PIDFD, {pidfd.get(), child.pid()}, WEXITED | WNOHANG);
                  if (!waited.ok() || waited->si_pid == 0) return Outcome::Of(waited);
                  if (waited->si_pid != child.pid()) return "another";
                  child.Disown();
                }
                return "as_asked";
              }},
    .legacy = {.claims = {May("as_made", "the list of children is in the order of their creation",
                              "kernel/exit.c do_wait_thread"),
                          May("another_order", "no order is promised", "waitid(2), P_ALL")},
               .ask = [](Arena& arena) -> Outcome {
                 Ended ended(arena);
                 bool as_made = true;
                 for (Child& child : ended.children) {
                   const siginfo_t found = Require(sys::Waitid(P_ALL, 0, WEXITED | WNOHANG));
                   as_made = as_made && found.si_pid == child.pid();
                 }
                 for (Child& child : ended.children) child.Disown();
                 return as_made ? "as_made" : "another_order";
               }},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::wait_order
