#include "scenarios/benchmarks/row.h"

#include <fmt/format.h>

#include "probes/system/require.h"

namespace pidproof::scenarios::benchmarks {

namespace {

Isolation row_isolation = Isolation::kChild;
bool own_proc = false;

// Of "EPERM at ./scenarios/...": other rows may do without the call that fails.
std::string NeedOf(std::string_view failure) {
  return fmt::format("needs a call that fails here: {}", failure.substr(0, failure.find(" at ./")));
}

// The library ends the whole program where repetitions of a row differ in how many times they were
// to be run, so one that breaks off before its loop passes through it.
void Skip(benchmark::State& state, const std::string& reason) {
  state.SkipWithError(reason.c_str());
  if (state.iterations() > 0) return;
  for (auto _ : state) {
  }
}

}  // namespace

std::string RowName(std::string_view topic, const Keys& keys) {
  std::string name(topic);
  for (const auto& [key, value] : keys) name += fmt::format("/{}:{}", key, value);
  return name;
}

benchmark::internal::Benchmark* Register(const std::string& name, std::string mechanism,
                                         std::function<void(benchmark::State&)> measure) {
  return benchmark::RegisterBenchmark(
      name.c_str(), [mechanism = std::move(mechanism), measure = std::move(measure),
                     lacks = std::string()](benchmark::State& state) mutable {
        state.SetLabel(mechanism);
        try {
          if (lacks.empty()) measure(state);
        } catch (const Unsupported& needed) {
          lacks = needed.what();
        } catch (const std::exception& failed) {
          lacks = NeedOf(failed.what());
        }
        // Its other repetitions need not fail too, which may take long.
        if (!lacks.empty()) Skip(state, lacks);
      });
}

Isolation RowIsolation() { return row_isolation; }
void SetRowIsolation(Isolation isolation) { row_isolation = isolation; }
bool HasOwnNamespace() { return row_isolation != Isolation::kChild; }
bool HasOwnProc() { return own_proc; }
void SetOwnProc(bool own) { own_proc = own; }

}  // namespace pidproof::scenarios::benchmarks
