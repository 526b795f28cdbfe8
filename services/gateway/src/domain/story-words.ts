import { REASONS, STEPS, type Step, type StepName } from '@stampede/contracts/story'
import { HOPS, type Hop } from '@stampede/contracts/telemetry'

/** A step with its times in epoch milliseconds; `endMs` is its `at` while it has no other end. */
export interface TimedStep extends Step {
  /** Only the trace knows of it. */
  readonly traced?: true
  readonly startMs: number
  readonly endMs: number
}

/** A step in words, among those of its story: `coupon granted 310 ms after it was paid`. */
export function say(step: TimedStep, story: readonly TimedStep[]): string {
  const { done, open = `${done}: not yet`, failed = `${done}: failed` } = STEPS[step.what]
  const { reason, tries = 1, replayedAt } = step
  if (step.open) return `${open}${tries > 1 ? `, at try ${tries}` : ''}`
  const when = sayWhen(step, story)
  if (!step.failed) return `${done}${when}${tries > 1 ? `, at try ${tries}` : ''}`
  const why = reason === undefined ? '' : `: ${REASONS[reason] ?? reason}`
  const again = replayedAt ? `, replayed ${inWords(Date.parse(replayedAt) - step.endMs)} later` : ''
  return `${failed}${when}${why}${tries > 1 ? `, tried ${tries} times` : ''}${again}`
}

/** A length of time as people say it, e.g. `4 ms`, `1.2 s`, `3 min 20 s`. */
export function inWords(ms: number): string {
  if (ms < 1) return 'less than 1 ms'
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${Number((ms / 1_000).toFixed(1))} s`
  const units = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ] as const
  // In whole seconds: else 59.7 s would be said as 60 s.
  const whole = Math.round(ms / 1_000) * 1_000
  const first = units.findIndex(([unit]) => whole >= unit)
  const [big, small] = [units[first], units[first + 1]] as [(typeof units)[number], (typeof units)[number]]
  const rest = Math.floor((whole % big[0]) / small[0])
  return `${Math.floor(whole / big[0])} ${big[1]}${rest > 0 ? ` ${rest} ${small[1]}` : ''}`
}

function sayWhen(step: TimedStep, story: readonly TimedStep[]): string {
  const before = findBefore(step, story)
  if (before) {
    const { encloses, after } = STEPS[before.what]
    const sinceMs = step.endMs - (encloses ? before.startMs : before.endMs)
    return ` ${inWords(Math.max(0, sinceMs))} after ${after}`
  }
  if (step.until === undefined) return ''
  const took = inWords(step.endMs - step.startMs)
  return step.traced ? ` in ${took}` : ` ${took} later`
}

/** The step it is told to come after: the last of its kind that was over by then. */
function findBefore(step: TimedStep, story: readonly TimedStep[]): TimedStep | undefined {
  // What took a time of its own is told by that.
  const { since = [] } = STEPS[step.what]
  const names = step.until === undefined ? [...since, ...ancestorsOf(step.what)] : since
  for (const name of names) {
    const same = story.filter((each) => each.what === name && each !== step && !each.open && !each.failed)
    const found = same.findLast(({ startMs }) => startMs <= step.endMs) ?? same[0]
    if (found) return found
  }
  return undefined
}

function ancestorsOf(what: StepName): Hop[] {
  const { after } = (HOPS as Readonly<Record<string, { after?: Hop }>>)[what] ?? {}
  return after ? [after, ...ancestorsOf(after as StepName)] : []
}
