#include "scenarios/benchmarks/row.h"

#include <fmt/format.h>

namespace pidproof::scenarios::benchmarks {

namespace {

bool own_namespace = false;
bool own_proc = false;

}  // namespace

std::string RowName(std::string_view topic, const Keys& keys) {
  std::string name(topic);
  for (const auto& [key, value] : keys) name += fmt::format("/{}:{}", key, value);
  return name;
}

benchmark::internal::Benchmark* Register(const std::string& name, std::string mechanism,
                                         std::function<void(benchmark::State&)> measure) {
  return benchmark::RegisterBenchmark(
      name.c_str(),
      [mechanism = std::move(mechanism), measure = std::move(measure)](benchmark::State& state) {
        measure(state);
        state.SetLabel(mechanism);
      });
}

bool HasOwnNamespace() { return own_namespace; }
void SetOwnNamespace(bool own) { own_namespace = own; }
bool HasOwnProc() { return own_proc; }
void SetOwnProc(bool own) { own_proc = own; }

}  // namespace pidproof::scenarios::benchmarks
