// What is the same on every page: its style, its script, and the policy that allows no others.
#pragma once

#include <string>
#include <string_view>

namespace pidproof::reports::html {

extern const std::string_view kPageStyle;
extern const std::string_view kPageScript;

// The SHA-256 of kPageScript in base64. Naming it in the page's policy keeps any other script from
// running, should one ever get past the escaping.
extern const std::string_view kPageScriptHash;

// The page up to its body, with a title and that policy.
std::string PageHead(std::string_view title);

}  // namespace pidproof::reports::html
