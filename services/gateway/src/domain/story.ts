import {
  type OrderStory,
  type Pause,
  type ServiceStory,
  STEPS,
  type Step,
  type StoryService,
  type ToldStep,
} from '@stampede/contracts/story'
import { HOPS, type Hop } from '@stampede/contracts/telemetry'
import { inWords, say, type TimedStep } from './story-words.ts'

/** What the services know of an order. */
export type Books = ReadonlyMap<StoryService, ServiceStory>

/** A hop of the order's trace, as the trace backend has it; epoch milliseconds. */
export interface HopSpan {
  readonly hop: Hop & Step['what']
  readonly service: string
  readonly startMs: number
  readonly endMs: number
  readonly failed: boolean
}

type Placed = TimedStep & Pick<ToldStep, 'service' | 'workMs'>

/** As far apart the clocks of a book and of a span may be. */
const CLOCKS_APART_MS = 1_000
/** Nothing begins or ends for so long: a pause of people, or of something that waits. */
const PAUSE_MS = 2_000
const PLACES = new Map(Object.keys(STEPS).map((what, place) => [what, place]))

/**
 * The story of an order from the books of all, and, where its trace was kept, what only that knows: hops that
 * leave no row, and how long was worked on the others. Of what both know the books tell the times.
 */
export function tellStory(books: Books, spans: readonly HopSpan[]): Pick<OrderStory, 'steps' | 'pauses'> {
  const written = [...books].flatMap(([service, { steps }]) => steps.map((step) => place(step, service)))
  const known = new Set<string>(written.map(({ what }) => what))
  const work = Map.groupBy(spans, (span) => findStep(span, written))
  const told = written.map((step) => withWork(step, work.get(step)))
  const traced = spans.filter(({ hop }) => !known.has(hop)).map(placeSpan)
  const story = inOrder([...told, ...traced])
  return { steps: story.map((step) => toTold(step, story)), pauses: findPauses(story) }
}

function place(step: Step, service: string): Placed {
  const startMs = Date.parse(step.at)
  return { ...step, service, startMs, endMs: step.until === undefined ? startMs : Date.parse(step.until) }
}

/** Of several steps of a kind, such as two payments, the one at whose time the span was. */
function findStep(span: HopSpan, steps: readonly Placed[]): Placed | undefined {
  const near = steps
    .filter(({ what }) => what === span.hop)
    .map((step) => ({ step, apartMs: apart(step, span) }))
    .filter(({ apartMs }) => apartMs <= CLOCKS_APART_MS)
    .toSorted((a, b) => a.apartMs - b.apartMs)
  return near[0]?.step
}

function apart(step: Placed, span: HopSpan): number {
  return Math.max(0, step.startMs - span.endMs, step.open ? 0 : span.startMs - step.endMs)
}

function withWork(step: Placed, spans: readonly HopSpan[] = []): Placed {
  if (spans.length === 0) return step
  return { ...step, workMs: spans.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0) }
}

function placeSpan({ hop, service, startMs, endMs, failed }: HopSpan): Placed {
  const times = { at: new Date(startMs).toISOString(), until: new Date(endMs).toISOString(), startMs, endMs }
  return { what: hop, service, ...times, traced: true, workMs: endMs - startMs, ...(failed && { failed }) }
}

/**
 * By time, but nothing before what it follows: clocks of two machines differ, and in one instant the table
 * decides.
 */
function inOrder(steps: readonly Placed[]): Placed[] {
  const keys = new Map<Placed, number>()
  const begun = Map.groupBy(
    steps.toSorted((a, b) => a.startMs - b.startMs),
    ({ what }) => what as string,
  )
  function keyOf(step: Placed): number {
    const known = keys.get(step)
    if (known !== undefined) return known
    const { after } = (HOPS as Readonly<Record<string, { after?: Hop }>>)[step.what] ?? {}
    // A hop that came about twice follows what it follows the first time.
    const before = after === undefined ? undefined : begun.get(after)?.[0]
    const key = before ? Math.max(step.startMs, keyOf(before)) : step.startMs
    keys.set(step, key)
    return key
  }
  const placeOf = ({ what }: Placed) => PLACES.get(what) ?? 0
  return steps.toSorted((a, b) => keyOf(a) - keyOf(b) || placeOf(a) - placeOf(b))
}

function toTold(step: Placed, story: readonly Placed[]): ToldStep {
  const { startMs: _start, endMs: _end, reason: _reason, ...told } = step
  return { ...told, words: say(step, story) }
}

/** The times between two moments in which something begins or ends, if they are long. */
function findPauses(story: readonly Placed[]): Pause[] {
  const moments = [...new Set(story.flatMap(({ startMs, endMs }) => [startMs, endMs]))].sort((a, b) => a - b)
  return moments.slice(1).flatMap((endMs, i) => {
    const startMs = moments[i] as number
    if (endMs - startMs < PAUSE_MS) return []
    const [at, until] = [new Date(startMs).toISOString(), new Date(endMs).toISOString()]
    const waiting = story.find((step) => step.startMs <= startMs && step.endMs >= endMs)
    const what = waiting ? 'pass without a change' : 'pass in which nothing happens'
    return [{ at, until, words: `${inWords(endMs - startMs)} ${what}` }]
  })
}
