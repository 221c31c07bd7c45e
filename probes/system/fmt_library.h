// Tells a file that fmt's formatting is compiled elsewhere (fmt_library.cc, or libfmt): what uses
// fmt::format_to_n would compile all of it again. It comes with the precompiled header; nothing
// depends on it.
#pragma once

#include <fmt/format.h>

extern template FMT_API void fmt::detail::vformat_to(buffer<char>&, string_view,
                                                     basic_format_args<FMT_BUFFER_CONTEXT(char)>,
                                                     locale_ref);
