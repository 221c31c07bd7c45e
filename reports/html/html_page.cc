#include "reports/html/html_page.h"

namespace pidproof::reports::html {

const std::string_view kPageStyle = R"(
:root {
  color-scheme: light dark;
  --paper: #fbfbfa; --card: #ffffff; --ink: #22262b; --soft: #5f6873; --line: #e3e5e8;
  --track: #eceef0; --link: #2a5db0;
  --good: #1c6b3c; --good-back: #e6f4ea; --caution: #7d5200; --caution-back: #fdf2d6;
  --bad: #a91d1d; --bad-back: #fce6e5; --undecided: #743a97; --undecided-back: #f4e9fa;
  --quiet: #5f6873; --quiet-back: #eff0f2;
  --pidfd0: #0b5cc0; --pidfd1: #00756a; --pidfd2: #2f7a1f; --pidfd3: #5b35c4; --pidfd4: #00718f;
  --pidfd5: #8a3fb0; --pidfd6: #3a5a80; --pidfd7: #566b00; --pid0: #c2281d; --pid1: #a85600;
  --pid2: #a3186f; --pid3: #80600a; --pid4: #7a4326; --pid5: #5f6873; --pid6: #b0405a;
  --pid7: #96460a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15181b; --card: #1c2024; --ink: #dfe3e7; --soft: #98a2ad; --line: #2e343a;
    --track: #2b3137; --link: #8ab4f8;
    --good: #7fd19b; --good-back: #1b3325; --caution: #e9bf6a; --caution-back: #3a2f16;
    --bad: #ff9a92; --bad-back: #461f1e; --undecided: #d3a6ee; --undecided-back: #36233f;
    --quiet: #98a2ad; --quiet-back: #272c31;
    --pidfd0: #74b2ff; --pidfd1: #4fd1bf; --pidfd2: #8bdc7f; --pidfd3: #b7a2ff; --pidfd4: #5fd0f0;
    --pidfd5: #dfa6ff; --pidfd6: #a5c4ea; --pidfd7: #c5d86a; --pid0: #ff8f85; --pid1: #ffb45e;
    --pid2: #ff8fce; --pid3: #e6cb52; --pid4: #dba988; --pid5: #aeb8c2; --pid6: #ff9db0;
    --pid7: #ffa473;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 6rem; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
code, .name, .count { font-family: ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", monospace; }
code, .name { font-size: .9em; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
body > header {
  position: sticky; top: 0; z-index: 2; display: flex; min-height: 3.2rem; flex-wrap: wrap; gap: .4rem 1.2rem;
  align-items: center; padding: .6rem max(1rem, calc((100% - 72rem) / 2)); background: var(--card);
  border-bottom: 1px solid var(--line);
}
body > header strong { font-size: 1.05rem; letter-spacing: .01em; }
body > header nav { display: flex; flex-wrap: wrap; gap: 0 1rem; }
#filter {
  margin-left: auto; flex: 0 1 17rem; min-width: 9rem; padding: .32rem .6rem; font: inherit;
  color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 6px;
}
main { max-width: 74rem; margin: 0 auto; padding: 0 1rem 4rem; }
h1 { margin: 1.6rem 0 .1rem; font-size: 1.5rem; font-weight: 600; overflow-wrap: anywhere; }
h2 { margin: 2.6rem 0 .2rem; font-size: 1.15rem; font-weight: 600; }
h3 { margin: 1.5rem 0 .5rem; font-size: .95rem; font-weight: 600; color: var(--soft); }
p { margin: .2rem 0; }
.soft { color: var(--soft); }
.good { --tone: var(--good); --back: var(--good-back); }
.caution { --tone: var(--caution); --back: var(--caution-back); }
.bad { --tone: var(--bad); --back: var(--bad-back); }
.undecided { --tone: var(--undecided); --back: var(--undecided-back); }
.quiet { --tone: var(--quiet); --back: var(--quiet-back); }
.meaning {
  margin: 1rem 0 .8rem; padding: .8rem 1.1rem; font-size: 1.15rem; font-weight: 600;
  color: var(--tone); background: var(--back); border-left: 4px solid; border-radius: 4px;
}
.headline { margin: .9rem 0 .6rem; font-size: 1.3rem; font-weight: 600; line-height: 1.35; max-width: 60rem; }
.path { display: grid; grid-template-columns: 4rem 1fr; gap: .15rem .6rem; align-items: center; margin: .5rem 0; }
.path svg { width: 100%; height: 1.5rem; border-radius: 4px; background: var(--track); }
.path rect { fill: var(--tone); stroke: var(--paper); stroke-width: 2px; vector-effect: non-scaling-stroke; }
.path .shares { grid-column: 2; display: flex; flex-wrap: wrap; gap: 0 1rem; font-size: .9em; }
.path .shares span { color: var(--tone); }
.badge {
  display: inline-block; padding: .05rem .55rem .05rem .45rem; border-radius: 999px;
  font-size: .85em; font-weight: 600; white-space: nowrap; color: var(--tone);
  background: var(--back);
}
.badge::before { display: inline-block; min-width: 1.25em; text-align: center; font-size: .9em; }
.badge.good::before { content: "\2713"; }
.badge.caution::before { content: "\25b2"; }
.badge.bad::before { content: "\2715"; }
.badge.undecided::before { content: "?"; }
.badge.quiet::before { content: "\2013"; }
.counts { display: flex; flex-wrap: wrap; gap: .4rem 1.2rem; align-items: center; margin: .4rem 0; }
.counts > span { min-width: 4rem; color: var(--soft); }
.counts button {
  font: inherit; padding: 0; color: inherit; background: none; border: 0; border-radius: 999px;
  cursor: pointer;
}
dl.facts {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .5rem 1.2rem;
  margin: 1.1rem 0 0;
}
dl.facts dt { font-size: .8rem; color: var(--soft); }
dl.facts dd { margin: 0; overflow-wrap: anywhere; }
table {
  width: 100%; border-collapse: separate; border-spacing: 0; table-layout: fixed;
  background: var(--card);
}
.sheet { margin-top: .9rem; border: 1px solid var(--line); border-radius: 8px; }
.sheet thead th {
  position: sticky; top: 3.2rem; z-index: 1; background: var(--card);
  border-bottom: 1px solid var(--line);
}
.sheet thead th:first-child { border-top-left-radius: 8px; }
.sheet thead th:last-child { border-top-right-radius: 8px; }
th, td { padding: .5rem .8rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
thead th { font-size: .8rem; font-weight: 600; color: var(--soft); }
tbody tr + tr > * { border-top: 1px solid var(--line); }
tbody th { font-weight: 400; }
tr:target > * { background: var(--caution-back); }
.features col:nth-child(1) { width: 16rem; } .features col:nth-child(2) { width: 5rem; }
.features col:nth-child(3) { width: 8.5rem; } .features col:nth-child(4) { width: 7rem; }
.scenarios col:nth-child(1) { width: 36%; }
.why { margin-top: .3rem; font-size: .93em; }
.trials { margin-top: .3rem; font-size: .85em; color: var(--soft); }
.bars { display: grid; grid-template-columns: auto minmax(3rem, 1fr) auto; gap: .1rem .6rem;
        align-items: center; margin-top: .35rem; font-size: .85em; }
.bars .count { text-align: right; font-variant-numeric: tabular-nums; }
.bars svg { width: 100%; height: .5rem; border-radius: 3px; background: var(--track); }
.bars rect { fill: var(--tone); opacity: .8; }
details { margin-top: .4rem; }
summary { font-size: .85em; color: var(--soft); cursor: pointer; }
.claims { list-style: none; margin: .4rem 0 0; padding: 0; font-size: .88em; }
.claims li { margin: .45rem 0; }
.legend { display: grid; grid-template-columns: auto 1fr; gap: .45rem 1rem; margin: .8rem 0; }
.legend dd { margin: 0; }
h2 .soft { font-size: .9rem; font-weight: 400; margin-left: .8rem; }
h4 { margin: 1.2rem 0 .4rem; font-size: .95rem; font-weight: 600; }
.wide { overflow-x: auto; }
.panels { display: flex; flex-wrap: wrap; gap: 1rem; overflow-x: auto; }
.plot { display: block; flex: none; max-width: none; font-size: 11.5px; }
.plot text { fill: var(--soft); }
.plot .strong { fill: var(--ink); font-weight: 600; font-size: 12px; }
.plot .ink { fill: var(--ink); }
.plot .end { text-anchor: end; }
.plot .mid { text-anchor: middle; }
.plot .own { fill: var(--c); }
.plot .toned { fill: var(--tone); font-weight: 600; }
.plot path { fill: none; stroke-width: 1; }
.plot .grid { stroke: var(--line); }
.plot .one { stroke: var(--soft); }
.plot .whisker { stroke: var(--tone); stroke-width: 1.5; }
.plot .box { fill: var(--tone); stroke: none; }
.plot .lead { stroke: var(--c); stroke-width: .8; opacity: .45; }
.line, .plot .line {
  fill: none; stroke: var(--c); stroke-width: 1.6; stroke-linejoin: round;
  stroke-dasharray: var(--dash);
}
.dot, .plot .dot { stroke: var(--c); stroke-width: var(--dot); stroke-linecap: var(--cap); }
.pidfd { --dash: none; --dot: 6; --cap: round; }
.pid { --dash: 6 3; --dot: 5; --cap: square; }
.pid.c1, .pid.c4, .pid.c7 { --dash: 2 2.5; }
.pid.c2, .pid.c5 { --dash: 10 3 2 3; }
.pidfd.c0 { --c: var(--pidfd0); } .pidfd.c1 { --c: var(--pidfd1); }
.pidfd.c2 { --c: var(--pidfd2); } .pidfd.c3 { --c: var(--pidfd3); }
.pidfd.c4 { --c: var(--pidfd4); } .pidfd.c5 { --c: var(--pidfd5); }
.pidfd.c6 { --c: var(--pidfd6); } .pidfd.c7 { --c: var(--pidfd7); } .pid.c0 { --c: var(--pid0); }
.pid.c1 { --c: var(--pid1); } .pid.c2 { --c: var(--pid2); } .pid.c3 { --c: var(--pid3); }
.pid.c4 { --c: var(--pid4); } .pid.c5 { --c: var(--pid5); } .pid.c6 { --c: var(--pid6); }
.pid.c7 { --c: var(--pid7); }
.numbers { width: auto; table-layout: auto; font-size: .85rem; font-variant-numeric: tabular-nums; }
.numbers th, .numbers td { padding: .12rem .6rem; white-space: nowrap; overflow-wrap: normal; }
.numbers td, .numbers thead th + th { text-align: right; }
.numbers tbody tr + tr > * { border: 0; }
.box { display: flex; flex-wrap: wrap; align-items: flex-start; gap: .4rem; max-width: 100%; }
.numbers td.words, .numbers thead th.words { text-align: left; white-space: normal; }
.wide + .wide { margin-top: .6rem; }
.keys { font-size: 12px; background: none; }
.keys th, .keys td { padding: .02rem .2rem; }
.keys thead th { font-size: 12px; }
.unseen { position: absolute; }
.key { width: 24px; height: 8px; margin-right: .3rem; vertical-align: middle; }
@media (max-width: 760px) {
  html { scroll-padding-top: 6.5rem; }
  #filter { flex: 1 1 100%; margin: 0; }
  .sheet, .sheet tbody, .sheet tr, .sheet td, .sheet tbody th { display: block; }
  .sheet thead, .sheet colgroup { display: none; }
  tbody tr > * { border: 0; padding: .2rem .8rem; }
  tbody tr + tr > * { border: 0; }
  tbody tr { padding: .5rem 0; }
  tbody tr + tr { border-top: 1px solid var(--line); }
  td[data-label]::before {
    content: attr(data-label); display: inline-block; min-width: 6.5rem; font-size: .8rem;
    color: var(--soft);
  }
  .features td[data-label] { display: inline-block; padding-right: 0; }
  .features td[data-label]::before { min-width: 0; margin-right: .4rem; }
  .sheet td:empty { display: none; }
}
tr[hidden] { display: none !important; }
@media print {
  :root { --paper: #fff; --card: #fff; }
  body > header nav, #filter { display: none; }
  body > header, .sheet thead th { position: static; }
  body { font-size: 11px; }
  tr, .plot { break-inside: avoid; }
  h3, h4 { break-after: avoid; }
  .wide, .panels { overflow: visible; }
  .plot { max-width: 100%; height: auto; }
  .badge, .meaning { border: 1px solid; }
}
)";

const std::string_view kPageScript = R"(
const box = document.getElementById('filter');
function apply() {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of document.querySelectorAll('tr[data-is]')) {
    const text = row.textContent.toLowerCase(), is = row.dataset.is.split(' ');
    row.hidden = !words.every(w => w.startsWith('is:') ? is.includes(w.slice(3)) : text.includes(w));
  }
}
box.addEventListener('input', apply);
for (const button of document.querySelectorAll('button[data-find]')) {
  button.addEventListener('click', () => {
    box.value = box.value === button.dataset.find ? '' : button.dataset.find;
    apply();
  });
}
addEventListener('hashchange', () => { box.value = ''; apply(); });
addEventListener('beforeprint', () => {
  for (const claims of document.querySelectorAll('details')) claims.open = true;
});
const means = new Map();
for (const word of document.querySelectorAll('#legend dt')) {
  means.set(word.textContent, word.nextElementSibling.textContent);
}
for (const badge of document.querySelectorAll('.badge')) {
  badge.title = means.get(badge.textContent) ?? '';
}
box.hidden = false;
)";

const std::string_view kPageScriptHash = "NHF7bJKtBSI7FSUTM9NPV2dRBRbd/awzr03MaY97+8w=";

}  // namespace pidproof::reports::html
