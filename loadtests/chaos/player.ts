import { setTimeout as sleep } from 'node:timers/promises'
import type { Stand } from '@stampede/local/stand/stand'
import { type Fault, type FaultKind, NothingBroken } from './fault.ts'
import { partsOf, serviceOf } from './faults/parts.ts'
import { openLocks } from './locks.ts'

/** How a fault went. Times in ms since 1970. */
export interface Played {
  readonly fault: Fault
  /** Undefined when nothing was broken; then `why`. */
  readonly beganAt?: number
  /** What went wrong as it was begun: it may be broken in part only, and that must come back too. */
  readonly half?: string
  readonly mendedAt?: number
  /**
   * From when its recovery counts until all it touched served again, and an attempt sent since was answered
   * 201.
   */
  readonly recoveredMs?: number
  readonly recoveredAt?: number
  /** Whether nothing else was broken from its beginning to its recovery. */
  readonly alone: boolean
  /** Why it was not played, or what did not come back. */
  readonly why?: string
}

export interface PlayerTerms {
  readonly stand: Stand
  readonly kinds: readonly FaultKind[]
  /** Of the load: when the first attempt sent after `at` was answered 201. */
  readonly firstAckAfter: (at: number) => number | undefined
  /** A fault whose target is still broken by another one waits so long; 120 s if not given. */
  readonly waitMs?: number
  /** Whatever is not back by itself after this will not come; 180 s if not given. */
  readonly backMs?: number
}

export interface Player {
  /** Plays them all, each at its time, and waits for all recoveries. */
  play(plan: readonly Fault[]): Promise<Played[]>
  /** What is broken now, e.g. `pause:kafka`. */
  broken(): readonly string[]
  /** How many have begun. */
  begun(): number
  isTouched(part: string): boolean
}

/** The load goes on meanwhile: a fault that comes late is worth more than one that does not come. */
const WAIT_MS = 120_000
const BACK_MS = 180_000
const POLL_MS = 100

/** Whether it was broken as planned. */
export function wasPlayed({ beganAt, half }: Played): boolean {
  return beganAt !== undefined && half === undefined
}

export function openPlayer(terms: PlayerTerms): Player {
  const locks = openLocks()
  const broken = new Set<Fault>()
  const played: Played[] = []

  async function playOne(fault: Fault): Promise<void> {
    const kind = terms.kinds.find((each) => each.kind === fault.kind)
    if (!kind) throw new Error(`no kind of fault ${fault.kind}`)
    const touched = kind.touches(fault.target, terms.stand)
    if (!(await locks.take(touched, terms.waitMs ?? WAIT_MS))) {
      played.push({ fault, alone: false, why: 'its target was still broken by another fault' })
      return
    }
    broken.add(fault)
    const watch = watchOthers(fault, broken)
    try {
      const story = await carryOut({ fault, kind, touched, ...terms })
      played.push({ ...story, fault, alone: watch.wasAlone() })
    } finally {
      watch.end()
      broken.delete(fault)
      locks.release(touched)
    }
  }

  return {
    async play(plan) {
      const startedAt = performance.now()
      const all = plan.map(async (fault) => {
        await sleep(Math.max(0, fault.atMs - (performance.now() - startedAt)))
        await playOne(fault)
      })
      await Promise.all(all)
      return played.sort((a, b) => a.fault.atMs - b.fault.atMs)
    },
    broken: () => [...broken].map(({ kind, target }) => `${kind}:${target}`),
    begun: () => played.length + broken.size,
    isTouched: locks.isHeld,
  }
}

interface Carried extends PlayerTerms {
  readonly fault: Fault
  readonly kind: FaultKind
  readonly touched: readonly string[]
}

async function carryOut(carried: Carried): Promise<Omit<Played, 'fault' | 'alone'>> {
  const { stand, kind, fault } = carried
  const beganAt = Date.now()
  const begun = await kind.begin(stand, fault).catch((error: Error) => error)
  if (begun instanceof NothingBroken) return { why: firstLine(begun) }
  // Only now: what was sent before may have been answered by what was still whole.
  const brokenAt = Date.now()
  if (begun instanceof Error) {
    const half = firstLine(begun)
    return { beganAt, half, mendedAt: brokenAt, ...(await recover(carried, brokenAt)) }
  }
  await sleep(fault.forMs)
  const unmended = await begun().then(() => undefined, firstLine)
  const mendedAt = Date.now()
  if (unmended !== undefined) return { beganAt, mendedAt, why: `could not be mended: ${unmended}` }
  const from = kind.recovers === 'from-start' ? brokenAt : mendedAt
  return { beganAt, mendedAt, ...(await recover(carried, from)) }
}

function firstLine({ message }: Error): string {
  return message.split('\n')[0] ?? ''
}

async function recover(
  carried: Carried,
  from: number,
): Promise<Pick<Played, 'recoveredAt' | 'recoveredMs' | 'why'>> {
  const { backMs = BACK_MS } = carried
  const missing = await untilBack(carried, from)
  if (missing.length > 0) return { why: `not back after ${backMs / 1000} s: ${missing}` }
  const recoveredAt = Date.now()
  return { recoveredAt, recoveredMs: recoveredAt - from }
}

/** Waits for all that must be true again; what was not in time. */
async function untilBack(carried: Carried, from: number): Promise<string[]> {
  const { stand, kind, touched, firstAckAfter, backMs = BACK_MS } = carried
  const parts = partsBehind(stand, touched)
  const questions: [what: string, ask: () => Promise<boolean>][] = [
    ...parts.map((part): [string, () => Promise<boolean>] => [
      part,
      () =>
        stand.system.check(part).then(
          () => true,
          () => false,
        ),
    ]),
    ['what was taken away', async () => (await kind.untilWhole?.(stand).catch(() => false)) ?? true],
    ['a purchase', async () => firstAckAfter(from) !== undefined],
  ]
  const deadline = performance.now() + backMs
  const open = await Promise.all(
    questions.map(async ([what, ask]) => {
      while (!(await ask())) {
        if (performance.now() > deadline) return what
        await sleep(POLL_MS)
      }
      return undefined
    }),
  )
  return open.filter((what) => what !== undefined)
}

/** The parts themselves, and those at the two ends of a way. */
function partsBehind(stand: Stand, touched: readonly string[]): string[] {
  const named = new Set<string>()
  for (const name of touched) {
    const [from = '', to] = name.split('>')
    named.add(to ?? from)
    const isFrom = (part: string) => from === 'services' || serviceOf(part) === from
    if (to) for (const part of partsOf(stand, 'service').filter(isFrom)) named.add(part)
  }
  return [...named]
}

/** Looks whether anything else is broken at any time from now on. */
function watchOthers(fault: Fault, broken: ReadonlySet<Fault>) {
  let alone = true
  const look = () => {
    if ([...broken].some((other) => other !== fault)) alone = false
  }
  look()
  const timer = setInterval(look, POLL_MS)
  return {
    wasAlone: () => {
      look()
      return alone
    },
    end: () => clearInterval(timer),
  }
}
