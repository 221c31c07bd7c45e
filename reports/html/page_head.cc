#include <fmt/format.h>

#include "reports/html/html_page.h"
#include "reports/html/markup.h"

namespace pidproof::reports::html {

std::string PageHead(std::string_view title) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
      "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; "
      "style-src 'unsafe-inline'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=referrer content=no-referrer>\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n",
      kPageScriptHash, Escaped(title), kPageStyle);
}

}  // namespace pidproof::reports::html
