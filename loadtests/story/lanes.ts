import { escapeHtml, paragraph, table } from './html.ts'
import type { Interleaving, Lane } from './interleaving.ts'
import type { Sight } from './witness.ts'

const WIDTH = 380
const LANE_HEIGHT = 76
const EDGE = 26
const WORDS: Readonly<Record<string, string>> = { read: 'reads', write: 'writes' }

interface Event extends Sight {
  readonly lane: number
  readonly place: number
}

/** Claims as lanes, what they did from left to right in the order it happened; the times stand below. */
export function drawLanes({ stock, lanes }: Interleaving): string {
  const events = orderEvents(lanes)
  const firstAt = events[0]?.at ?? 0
  const x = (place: number) => EDGE + 20 + (place * (WIDTH - 2 * EDGE - 40)) / Math.max(1, events.length - 1)
  const height = lanes.length * LANE_HEIGHT + 8
  const drawn = lanes.map((lane, i) => drawLane(lane, i))
  const marks = events.map((event) => drawEvent(event, x(event.place)))
  const rows = events.map(({ at, claimId, who, ...event }) => [
    `+${(at - firstAt).toFixed(2)} ms`,
    nameOf(claimId),
    who,
    tell(event),
  ])
  const label = `${lanes.length} claims read ${stock}, and each believes that it leaves ${stock - 1}.`
  return `${paragraph(label)}
<svg class="lanes" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${label}">
${drawn.join('\n')}${marks.join('\n')}</svg>
${table(['when', 'claim', 'by', 'what'], rows)}`
}

function orderEvents(lanes: readonly Lane[]): Event[] {
  return lanes
    .flatMap(({ sights }, lane) => sights.map((sight) => ({ ...sight, lane })))
    .sort((a, b) => a.at - b.at)
    .map((event, place) => ({ ...event, place }))
}

function drawLane({ claimId, who }: Lane, i: number): string {
  const y = i * LANE_HEIGHT + 44
  const title = escapeHtml(`claim ${nameOf(claimId)}, ${who}`)
  return `<text class="name" x="${EDGE}" y="${y - 30}">${title}</text>
<line x1="${EDGE}" x2="${WIDTH - EDGE}" y1="${y}" y2="${y}"></line>`
}

function drawEvent(event: Event, x: number): string {
  const y = event.lane * LANE_HEIGHT + 44
  const text = escapeHtml(tell(event))
  const kind = event.what === 'write' ? 'write' : 'look'
  return `<circle class="${kind}" cx="${x.toFixed(1)}" cy="${y}" r="5"></circle>
<text x="${x.toFixed(1)}" y="${event.what === 'write' ? y + 20 : y - 11}" text-anchor="middle">${text}</text>`
}

function tell({ what, stock }: Pick<Sight, 'what' | 'stock'>): string {
  const word = WORDS[what] ?? what
  return stock === undefined ? word : `${word} ${stock}`
}

/** The end of an id: claims of one sale begin alike. */
function nameOf(claimId: string): string {
  return `…${claimId.slice(-4)}`
}
