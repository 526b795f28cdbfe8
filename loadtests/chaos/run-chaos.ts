import { rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Stand } from '@stampede/local/stand/stand'
import { listBroken } from './books/broken.ts'
import { judge } from './books/judge.ts'
import { type DeathBook, explainDeaths } from './deaths.ts'
import type { Fault } from './fault.ts'
import { KINDS } from './faults/kinds.ts'
import { partsOf } from './faults/parts.ts'
import { POISON_MARK } from './faults/poison.ts'
import { judgeDeaths, judgePlayed, judgeReturns } from './judge-run.ts'
import { startBaseLoad } from './load/base-load.ts'
import { calibrate } from './load/calibrate.ts'
import type { ChaosOptions } from './options.ts'
import { makePlan } from './plan.ts'
import { findDrawable, splitPlan } from './playable.ts'
import { openPlayer } from './player.ts'
import { openProgress } from './progress.ts'
import type { ChaosResult } from './report.ts'

/** Breaks a system that is up and empty while buyers come, then judges its books. */
export async function runChaos(options: ChaosOptions, stand: Stand, means: Means): Promise<ChaosResult> {
  const { book, porcupine } = means
  const lastsMs = options.minutes * 60_000
  const drawable = findDrawable(KINDS, stand, options.only)
  const plan = makePlan({ seed: options.seed, lastsMs, faults: options.faults }, drawable)
  const { playable, notRun } = splitPlan(plan, KINDS, stand)
  const { home: folder } = stand.profile
  // Of an earlier run: beside this one's plan they would be taken for its own.
  for (const name of ['report.json', 'illegal-histories.json']) rmSync(resolve(folder, name), { force: true })
  writeJson(resolve(folder, 'plan.json'), { options, notRun, plan })
  const ratePerSecond = options.rate ?? (await calibrate({ target: stand.origins }))
  const startedAt = performance.now()
  const { load, played } = await playUnderLoad({
    options,
    stand,
    book,
    plan: playable,
    ratePerSecond,
    lastsMs,
  })
  const { system } = stand
  const faults = listBroken(played, (fault) => touchedBy(fault, stand))
  const verdict = await judge({ system, load, poisonMarker: POISON_MARK, faults, porcupine })
  if (verdict.illegal.length > 0) writeJson(resolve(folder, 'illegal-histories.json'), verdict.illegal)
  const deaths = await explainDeaths(book.deaths, resolve(folder, 'logs'))
  const checks = [
    judgePlayed(played, options.faults),
    judgeReturns(played),
    judgeDeaths(deaths, partsOf(stand, 'service')),
    ...verdict.checks,
  ]
  const result: ChaosResult = {
    ...{ options, ratePerSecond, played, notRun, deaths, checks, folder, counts: verdict.counts },
    tookMs: performance.now() - startedAt,
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

function touchedBy({ kind, target }: Fault, stand: Stand): readonly string[] {
  return KINDS.find((each) => each.kind === kind)?.touches(target, stand) ?? []
}

function writeJson(file: string, value: object): void {
  writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`)
}
