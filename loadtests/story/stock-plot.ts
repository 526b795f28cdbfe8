import { escapeHtml } from './html.ts'
import type { Ledger } from './judge.ts'
import type { Sight } from './witness.ts'

const [WIDTH, HEIGHT] = [300, 150]
const EDGE = { left: 34, right: 8, top: 10, bottom: 22 } as const
/** More points than pixels say nothing new. */
const POINTS_MAX = 200
/** The plot ends when this many times the time of the sales has passed. */
const AFTERWARDS = 1.2

interface Point {
  readonly at: number
  readonly stock: number
}

/**
 * The units left by the books, going below nought where a unit was sold twice, and as dots what claims read:
 * a dot above the line is somebody who believes in units that are gone.
 */
export function drawStock(title: string, ledger: Ledger, sights: readonly Sight[]): string {
  const line = thin(leftByTheBooks(ledger))
  // Whoever comes long after the last unit reads the same for ever, and would hide the beginning.
  const endAt = (line[0]?.at ?? 0) + AFTERWARDS * ((line.at(-1)?.at ?? 0) - (line[0]?.at ?? 0))
  const reads = sights.filter(({ at, what }) => what === 'read' && (line.length === 0 || at <= endAt))
  const dots = thin(reads.flatMap(({ at, stock }) => (stock === undefined ? [] : [{ at, stock }])))
  const all = [...line, ...dots]
  if (all.length === 0) return ''
  const from = Math.min(...all.map(({ at }) => at))
  const span = Math.max(1, Math.max(...all.map(({ at }) => at)) - from)
  const high = Math.max(ledger.units, ...all.map(({ stock }) => stock))
  const low = Math.min(0, ...all.map(({ stock }) => stock))
  const x = (at: number) => EDGE.left + ((at - from) / span) * (WIDTH - EDGE.left - EDGE.right)
  const y = (stock: number) =>
    EDGE.top + ((high - stock) / Math.max(1, high - low)) * (HEIGHT - EDGE.top - EDGE.bottom)
  const path = line.map(({ at, stock }, i) => {
    const across = i === 0 ? 'M' : `H${x(at).toFixed(1)}V`
    return i === 0 ? `M${x(at).toFixed(1)},${y(stock).toFixed(1)}` : `${across}${y(stock).toFixed(1)}`
  })
  const circles = dots.map(
    ({ at, stock }) => `<circle cx="${x(at).toFixed(1)}" cy="${y(stock).toFixed(1)}" r="1.6"></circle>`,
  )
  const below = low < 0 ? drawBelow(y(0), y(low), low) : ''
  return `<figure><figcaption>${escapeHtml(title)}</figcaption>
<svg class="stock" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">${below}
<line x1="${EDGE.left}" x2="${WIDTH - EDGE.right}" y1="${y(0).toFixed(1)}" y2="${y(0).toFixed(1)}"></line>
<g class="reads">${circles.join('')}</g><path d="${path.join('')}"></path>
<text x="${EDGE.left - 4}" y="${(y(high) + 4).toFixed(1)}" text-anchor="end">${high}</text>
<text x="${EDGE.left - 4}" y="${(y(0) + 4).toFixed(1)}" text-anchor="end">0</text>
<text x="${WIDTH - EDGE.right}" y="${HEIGHT - 6}" text-anchor="end">${Math.round(span)} ms</text>
</svg></figure>`
}

/** The part below nought, shaded. */
function drawBelow(zero: number, bottom: number, low: number): string {
  const size = `width="${WIDTH - EDGE.left - EDGE.right}" height="${(bottom - zero).toFixed(1)}"`
  const label =
    bottom - zero > 8
      ? `<text x="${EDGE.left - 4}" y="${(bottom + 4).toFixed(1)}" text-anchor="end">${low}</text>`
      : ''
  return `<rect class="below" x="${EDGE.left}" y="${zero.toFixed(1)}" ${size}></rect>${label}`
}

/** Units there were less units promised so far, from the first promise on. */
export function leftByTheBooks({ units, reservations }: Ledger): Point[] {
  let left = units
  return reservations.map(({ at, quantity }) => {
    left -= quantity
    return { at, stock: left }
  })
}

/** Every n-th, and the last one always. */
function thin(points: readonly Point[]): Point[] {
  const step = Math.ceil(points.length / POINTS_MAX)
  return points.filter((_, i) => i % step === 0 || i === points.length - 1)
}
