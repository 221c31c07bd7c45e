// PIDFD_GET_INFO as a request: its mask, its size, its address, and how it grows with releases.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "probes/system/pidfd_info.h"
#include "probes/system/require.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::info_request {
namespace {

constexpr std::string_view kNoRequest = "a status file is read without a request";

// A living child and its pidfd.
struct Target {
  explicit Target(Arena& arena)
      : child(arena.Spawn(body::Lingers)), pidfd(Require(tested::PidfdOpen(child.pid(), 0))) {}
  Child child;
  Fd pidfd;
};

template <std::uint64_t kMask>
Outcome AskFor(Arena& arena) {
  const Target target(arena);
  const PidfdInfoReply reply = tested::GetInfo(target.pidfd.get(), kMask);
  if (reply.error != 0) return Outcome::Of(reply.error);
  if (!reply.Has(abi::kInfoPid | abi::kInfoCreds)) return "not_reported";
  return reply.info.pid == static_cast<std::uint32_t>(target.child.pid()) ? "reported" : "wrong";
}

const Registered<Conformance> kNothing{{
    .name = "info/mask_empty",
    .question = "Does PIDFD_GET_INFO report anything when the mask is empty?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info"},
              .claims = {Must("reported", "PIDs and credentials are always reported",
                              "fs/pidfs.c pidfd_info")},
              .ask = AskFor<0>},
    .legacy = NotPossible(kNoRequest),
}};

const Registered<Conformance> kEverything{{
    .name = "info/mask_unknown",
    .question = "Does PIDFD_GET_INFO fail if the mask contains unknown bits?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info"},
              .claims = {Must("reported", "the returned mask shows which fields are filled in",
                              "include/uapi/linux/pidfd.h")},
              .ask = AskFor<~std::uint64_t{0}>},
    .legacy = NotPossible(kNoRequest),
}};

// The result of a request of any size and direction, with a buffer that is filled beforehand.
constexpr unsigned char kFilled = 0xaa;
struct Raw {
  int error = 0;
  std::array<unsigned char, 8192> bytes;
};

Raw AskRaw(const Target& target, unsigned request) {
  Raw raw;
  raw.bytes.fill(kFilled);
  const std::uint64_t mask = abi::kInfoPid;
  std::memcpy(raw.bytes.data(), &mask, sizeof mask);
  raw.error =
      tested::Ioctl(target.pidfd.get(), request, reinterpret_cast<std::uintptr_t>(raw.bytes.data()))
          .error();
  return raw;
}

bool All(const Raw& raw, std::size_t from, std::size_t to, unsigned char value) {
  return std::all_of(raw.bytes.begin() + static_cast<std::ptrdiff_t>(from),
                     raw.bytes.begin() + static_cast<std::ptrdiff_t>(to),
                     [value](unsigned char byte) { return byte == value; });
}

const Registered<Conformance> kTooShort{{
    .name = "info/size_short",
    .question = "What is the error of PIDFD_GET_INFO with a struct smaller than the first version?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info"},
              .claims = {Must("enotty", "the request has another number", "fs/pidfs.c pidfd_ioctl")
                             .Since(eras::kRequestsInFull),
                         May("einval", "the request was recognised, but its size is invalid",
                             "fs/pidfs.c pidfd_info")
                             .Until(eras::kRequestsInFull)},
              .ask =
                  [](Arena& arena) {
                    return Outcome::Of(
                        AskRaw(Target(arena), abi::PidfdGetInfo(abi::kPidfdInfoSize613 - 1)).error);
                  }},
    .legacy = NotPossible(kNoRequest),
}};

const Registered<Conformance> kTooLong{{
    .name = "info/size_long",
    .question =
        "Does PIDFD_GET_INFO accept a larger struct from a program built for a later kernel?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info"},
              .claims = {Must("rest_zeroed", "fields unknown to the kernel are zeroed",
                              "fs/pidfs.c pidfd_info copy_struct_to_user")},
              .ask = [](Arena& arena) -> Outcome {
                constexpr unsigned kFuture = 4096;
                const Raw raw = AskRaw(Target(arena), abi::PidfdGetInfo(kFuture));
                if (raw.error != 0) return Outcome::Of(raw.error);
                // The struct is not expected to grow beyond half of kFuture.
                if (!All(raw, kFuture / 2, kFuture, 0)) return "rest_left";
                return All(raw, kFuture, raw.bytes.size(), kFilled) ? "rest_zeroed"
                                                                    : "wrote_beyond";
              }},
    .legacy = NotPossible(kNoRequest),
}};

const Registered<Conformance> kBetween{{
    .name = "info/size_between",
    .question = "Does PIDFD_GET_INFO respect a struct size between two versions?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info"},
              .claims = {Must("within", "as much is reported as there is room for",
                              "fs/pidfs.c pidfd_info copy_struct_to_user")},
              .ask = [](Arena& arena) -> Outcome {
                constexpr unsigned kOdd = abi::kPidfdInfoSize613 + 1;
                const Raw raw = AskRaw(Target(arena), abi::PidfdGetInfo(kOdd));
                if (raw.error != 0) return Outcome::Of(raw.error);
                if (All(raw, kOdd - 1, kOdd, kFilled)) return "short_of_it";
                return All(raw, kOdd, raw.bytes.size(), kFilled) ? "within" : "wrote_beyond";
              }},
    .legacy = NotPossible(kNoRequest),
}};

// Where each field ends in the struct.
struct Field {
  std::uint64_t bit;
  std::size_t end;
};
constexpr Field kLaterFields[] = {{abi::kInfoExit, offsetof(abi::PidfdInfo, coredump_mask)},
                                  {abi::kInfoCoredump, offsetof(abi::PidfdInfo, coredump_signal)},
                                  {abi::kInfoCoredumpSignal, offsetof(abi::PidfdInfo, at_72)}};

const Registered<Conformance> kMaskWithinSize{{
    .name = "info/mask_within_size",
    .question = "Does the returned mask name fields for which the caller's struct is too small?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info"},
              .claims = {May("fields_that_fit", "the first version has no other fields",
                             "fs/pidfs.c pidfd_info"),
                         Hazard("fields_that_do_not_fit",
                                "the mask is not limited to the size: a program that reads by the "
                                "mask alone reads what was never written",
                                "Linux 6.16 fs/pidfs.c pidfd_info")},
              .ask = [](Arena& arena) -> Outcome {
                const Target target(arena);
                for (const unsigned size : {abi::kPidfdInfoSize613, abi::kPidfdInfoSize616}) {
                  const PidfdInfoReply reply =
                      tested::GetInfo(target.pidfd.get(), ~std::uint64_t{0}, size);
                  if (reply.error != 0) return Outcome::Of(reply.error);
                  for (const Field& field : kLaterFields) {
                    if (reply.Has(field.bit) && field.end > size) return "fields_that_do_not_fit";
                  }
                }
                return "fields_that_fit";
              }},
    .legacy = NotPossible(kNoRequest),
}};

const Registered<Conformance> kDirection{{
    .name = "info/direction_wrong",
    .question = "Does PIDFD_GET_INFO accept a request whose direction bits are read-only?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info"},
              .claims = {Must("enotty", "the request has another number", "fs/pidfs.c pidfd_ioctl")
                             .Since(eras::kRequestsInFull),
                         May("ok", "only the command number of the request was compared",
                             "fs/pidfs.c pidfd_ioctl")
                             .Until(eras::kRequestsInFull)},
              .ask =
                  [](Arena& arena) {
                    constexpr unsigned kWrites = 1u << 30;  // _IOC_WRITE
                    return Outcome::Of(
                        AskRaw(Target(arena), abi::PidfdGetInfo(abi::kPidfdInfoSize613) & ~kWrites)
                            .error);
                  }},
    .legacy = NotPossible(kNoRequest),
}};

template <std::uintptr_t kPlace>
Outcome AskInto(Arena& arena) {
  return Outcome::Of(
      tested::Ioctl(Target(arena).pidfd.get(), abi::PidfdGetInfo(abi::kPidfdInfoSize613), kPlace));
}

const Registered<Conformance> kNoPlace{{
    .name = "info/null_address",
    .question = "What is the error of PIDFD_GET_INFO with a null pointer?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info"},
              .claims = {Must("einval", "a null pointer is an invalid argument",
                              "fs/pidfs.c pidfd_info")},
              .ask = AskInto<0>},
    .legacy = NotPossible(kNoRequest),
}};

const Registered<Conformance> kBadPlace{{
    .name = "info/bad_address",
    .question = "What is the error of PIDFD_GET_INFO with an address that cannot be written?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info"},
              .claims = {Must("efault", "no memory is mapped there", "ioctl(2)")},
              .ask = AskInto<1>},
    .legacy = NotPossible(kNoRequest),
}};

const Registered<Conformance> kNoPidfd{{
    .name = "info/not_a_pidfd",
    .question = "What is the error of PIDFD_GET_INFO on a descriptor that is not a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info"},
              .claims = {Must("enotty", "unknown request for that kind of file", "ioctl(2)")},
              .ask =
                  [](Arena& arena) {
                    const Target target(arena);
                    return Outcome::Of(tested::GetInfo(target.child.gate(), abi::kInfoPid).error);
                  }},
    .legacy = NotPossible(kNoRequest),
}};

PidfdInfoReply AskAll(Arena& arena) {
  const PidfdInfoReply reply =
      tested::GetInfo(Target(arena).pidfd.get(), ~std::uint64_t{0}, abi::kPidfdInfoSize71);
  Require(reply.error == 0 && reply.Has(abi::kInfoSupportedMask));
  return reply;
}

const Registered<Conformance> kSupportedPlace{{
    .name = "info/supported_mask_offset",
    .question = "Is PIDFD_GET_INFO's supported_mask at the offset in the headers of 7.1 and later?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd =
        {.needs = {"pidfd_open", "ioctl/info_supported_mask"},
         .claims = {Must("at_80", "after coredump_code", "Linux 7.1 include/uapi/linux/pidfd.h")
                        .Since(eras::kCoredumpCode),
                    Hazard(
                        "at_72",
                        "7.1 has coredump_code there: programs built for the one misread the other",
                        "Linux 6.19 include/uapi/linux/pidfd.h")
                        .Until(eras::kCoredumpCode)},
         .ask = [](Arena& arena) -> Outcome {
           const abi::PidfdInfo info = AskAll(arena).info;
           if (info.at_80 != 0) return "at_80";
           return info.at_72 != 0 ? "at_72" : "nowhere";
         }},
    .legacy = NotPossible(kNoRequest),
}};

std::uint64_t SupportedMask(const abi::PidfdInfo& info) {
  return info.at_80 != 0 ? info.at_80 : info.at_72;
}

const Registered<Conformance> kSupportedKnown{{
    .name = "info/supported_mask_known",
    .question = "Does PIDFD_GET_INFO's supported_mask contain every bit that its kernel defines?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_supported_mask"},
              .claims = {Must("all",
                              "it came with PIDFD_INFO_COREDUMP_SIGNAL, and has moved to make room "
                              "for PIDFD_INFO_COREDUMP_CODE",
                              "Linux 6.19, 7.1 fs/pidfs.c PIDFD_INFO_SUPPORTED")},
              .ask = [](Arena& arena) -> Outcome {
                constexpr std::uint64_t kFirst =
                    abi::kInfoPid | abi::kInfoCreds | abi::kInfoCgroupid | abi::kInfoExit |
                    abi::kInfoCoredump | abi::kInfoSupportedMask | abi::kInfoCoredumpSignal;
                const abi::PidfdInfo info = AskAll(arena).info;
                const std::uint64_t defined =
                    info.at_80 != 0 ? kFirst | abi::kInfoCoredumpCode : kFirst;
                return (defined & ~SupportedMask(info)) == 0 ? "all" : "not_all";
              }},
    .legacy = NotPossible(kNoRequest),
}};

const Registered<Conformance> kSupportedCovers{{
    .name = "info/supported_mask_covers",
    .question = "Does PIDFD_GET_INFO's supported_mask contain every field that is reported?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_supported_mask"},
              .claims = {Must("covered", "supported_mask lists every field",
                              "Linux 6.19 PIDFD_INFO_SUPPORTED_MASK")},
              .ask = [](Arena& arena) -> Outcome {
                const abi::PidfdInfo info = AskAll(arena).info;
                return (info.mask & ~SupportedMask(info)) == 0 ? "covered" : "reported_more";
              }},
    .legacy = NotPossible(kNoRequest),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::info_request
