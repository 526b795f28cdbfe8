import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PartEvent } from '@stampede/local/part'
import type { Stand } from '@stampede/local/stand/stand'
import type { Finding } from '../demo/books/books.ts'
import type { Span } from '../demo/books/timeline.ts'
import { judge } from './books/judge.ts'
import type { Fault } from './fault.ts'
import { KINDS } from './faults/kinds.ts'
import { POISON_MARK } from './faults/poison.ts'
import { startBaseLoad } from './load/base-load.ts'
import { calibrate } from './load/calibrate.ts'
import type { ChaosOptions } from './options.ts'
import { makePlan } from './plan.ts'
import { findPlayable } from './playable.ts'
import { openPlayer, type Played, type Player } from './player.ts'
import { openProgress } from './progress.ts'
import type { ChaosResult } from './report.ts'

/** Breaks a system that is up and empty while buyers come, then judges its books. */
export async function runChaos(options: ChaosOptions, stand: Stand, means: Means): Promise<ChaosResult> {
  const { book, porcupine } = means
  const { playable, missing } = findPlayable(KINDS, stand, options.only)
  const lastsMs = options.minutes * 60_000
  const plan = makePlan({ seed: options.seed, lastsMs, faults: options.faults }, playable)
  const { home: folder } = stand.profile
  writeJson(resolve(folder, 'plan.json'), { options, missing, plan })
  const ratePerSecond = options.rate ?? (await calibrate({ target: stand.origins }))
  const startedAt = performance.now()
  const { load, played } = await playUnderLoad({ options, stand, book, plan, ratePerSecond, lastsMs })
  const { system } = stand
  const verdict = await judge({ system, load, poisonMarker: POISON_MARK, faults: spansOf(played), porcupine })
  const checks = [judgeReturns(played), ...verdict.checks]
  const result: ChaosResult = {
    ...{ options, ratePerSecond, played, missing, checks, folder, counts: verdict.counts },
    tookMs: performance.now() - startedAt,
    deaths: book.deaths,
    ok: checks.every(({ broken }) => broken === 0),
  }
  writeJson(resolve(folder, 'report.json'), { at: new Date().toISOString(), ...result })
  return result
}

export interface Means {
  readonly book: DeathBook
  /** The checker of histories, where it could be built. */
  readonly porcupine: string | undefined
}

interface Playing {
  readonly options: ChaosOptions
  readonly stand: Stand
  readonly book: DeathBook
  readonly plan: readonly Fault[]
  readonly ratePerSecond: number
  readonly lastsMs: number
}

async function playUnderLoad({ options, stand, book, plan, ratePerSecond, lastsMs }: Playing) {
  let say = (_text: string): void => undefined
  const load = await startBaseLoad({
    ...{ system: stand.system, target: stand.origins, seed: options.seed, ratePerSecond },
    journalFile: resolve(stand.profile.home, 'journal.ndjson'),
    report: (text) => say(text),
  })
  const player = openPlayer({ stand, kinds: KINDS, firstAckAfter: load.firstAckAfter })
  book.begin(player)
  const startedAt = performance.now()
  const elapsedMs = () => performance.now() - startedAt
  const progress = openProgress(() => ({
    ...{ elapsedMs: elapsedMs(), lastsMs, planned: plan.length, begun: player.begun() },
    ...{ acknowledged: load.counts().acknowledged, broken: player.broken() },
  }))
  say = progress.say
  try {
    const played = await player.play(plan)
    await sleep(Math.max(0, lastsMs - elapsedMs()))
    // From here on the load tells what it waits for.
    progress.end()
    await load.finish()
    return { load, played }
  } finally {
    progress.end()
  }
}

/** From the beginning of each fault until it was mended and all had recovered. */
function spansOf(played: readonly Played[]): Span[] {
  return played.flatMap(({ beganAt, mendedAt = beganAt, recoveredAt = mendedAt }) =>
    beganAt === undefined || recoveredAt === undefined ? [] : [{ from: beganAt, to: recoveredAt }],
  )
}

/** Which services ended although no fault was at them. */
export interface DeathBook {
  readonly deaths: Readonly<Record<string, number>>
  hear(event: PartEvent): void
  /** From now on a death is somebody's fault. */
  begin(player: Pick<Player, 'isTouched'>): void
}

export function openDeathBook(): DeathBook {
  const deaths: Record<string, number> = {}
  let player: Pick<Player, 'isTouched'> | undefined
  return {
    deaths,
    hear({ part, kind }) {
      if (kind !== 'died' || !player || player.isTouched(part)) return
      deaths[part] = (deaths[part] ?? 0) + 1
    },
    begin(known) {
      player = known
    },
  }
}

/** What a fault took away came back, without anybody's hand. */
function judgeReturns(played: readonly Played[]): Finding {
  const first = played
    .filter(({ beganAt, why }) => beganAt !== undefined && why !== undefined)
    .map(({ fault: { kind, target, atMs }, why = '' }) => ({
      id: `${kind}:${target} at ${(atMs / 1000).toFixed(1)} s`,
      why,
    }))
  return { title: 'whatever was broken came back by itself', broken: first.length, first }
}

function writeJson(file: string, value: object): void {
  writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`)
}
