/** The page's whole look: light and dark by the reader's setting, wide and narrow by the room there is. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1d2327; --soft: #5c666d; --paper: #fdfcf9; --card: #fff;
  --rule: #dfdcd3; --good: #20706b; --pale: #a8d0cb; --bad: #b3402a; --wash: #f6ddd6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7e4dc; --soft: #a3aaae; --paper: #16191b;
  --card: #1e2225; --rule: #353b3f; --good: #5fbdb4; --pale: #2c5753; --bad: #f08a70; --wash: #442620; } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif }
main { max-width: 1060px; margin: 0 auto; padding: 28px 18px 60px }
h1 { font-size: clamp(26px, 5vw, 40px); line-height: 1.15; margin: 0 0 8px }
h2 { font-size: 21px; margin: 46px 0 6px }
h3 { font-size: 16px; margin: 26px 0 4px }
p { max-width: 70ch; margin: 8px 0 }
.soft, small { color: var(--soft) }
.verdict { border-left: 4px solid var(--good); padding: 6px 14px; margin: 18px 0; font-weight: 600 }
.verdict.not { border-color: var(--bad); color: var(--bad) }
.wide { overflow-x: auto; background: var(--card); border: 1px solid var(--rule); border-radius: 8px;
  margin: 12px 0 }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums }
th, td { padding: 6px 11px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule) }
th:first-child, td:first-child { text-align: left }
th { color: var(--soft); font-weight: 600 }
tbody tr:last-child td { border-bottom: 0 }
.words td, .words th { text-align: left; white-space: normal; min-width: 84px; vertical-align: top }
.bars { list-style: none; margin: 12px 0; padding: 0 }
.bars li { display: grid; grid-template-columns: 190px 1fr 132px; gap: 2px 12px; align-items: center;
  padding: 3px 0; font-size: 14px }
.bars svg { width: 100%; height: 14px; display: block }
.bars b { font-weight: 600; font-variant-numeric: tabular-nums }
rect.plain { fill: var(--good) } rect.bad { fill: var(--bad) } rect.behind { fill: var(--pale) }
rect.below { fill: var(--wash) }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(265px, 1fr)); gap: 14px;
  margin: 12px 0 }
figure { margin: 0; background: var(--card); border: 1px solid var(--rule); border-radius: 8px;
  padding: 9px 11px }
figcaption { font-size: 14px; font-weight: 600 }
svg text { fill: var(--soft); font: 11px system-ui, sans-serif }
.stock { width: 100%; display: block } .stock path { fill: none; stroke: var(--good); stroke-width: 2 }
.stock line, .lanes line { stroke: var(--rule); stroke-width: 1.5 }
.reads circle { fill: var(--bad); opacity: .45 }
.lanes { width: 100%; max-width: 500px; display: block } .lanes text { font-size: 12px; fill: var(--ink) }
.lanes .name { fill: var(--soft) } .look { fill: var(--card); stroke: var(--good); stroke-width: 2.5 }
.write { fill: var(--bad) }
ul:not(.bars) li { max-width: 74ch }
footer { margin-top: 50px; border-top: 1px solid var(--rule); padding-top: 12px }
code { font-size: .9em; overflow-wrap: anywhere }
@media (max-width: 620px) { .bars li { grid-template-columns: 1fr auto }
  .bars svg { grid-column: 1 / 3; grid-row: 2 } table { font-size: 13px } th, td { padding: 6px 7px } }
`
