import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PartEvent } from '@stampede/local/part'
import type { Stand } from '@stampede/local/stand/stand'
import { loopbackTarget } from '../generator/loopback.ts'
import { KINDS } from './faults/kinds.ts'
import { calibrate, startBaseLoad } from './first-load.ts'
import type { ChaosOptions } from './options.ts'
import { makePlan } from './plan.ts'
import { findPlayable } from './playable.ts'
import { openPlayer, type Played, type Player } from './player.ts'
import { openProgress } from './progress.ts'
import type { ChaosResult, Check } from './report.ts'

/** Breaks a system that is up and empty while buyers come, then judges its books. */
export async function runChaos(options: ChaosOptions, stand: Stand, events: DeathBook): Promise<ChaosResult> {
  const { playable, missing } = findPlayable(KINDS, stand, options.only)
  const lastsMs = options.minutes * 60_000
  const plan = makePlan({ seed: options.seed, lastsMs, faults: options.faults }, playable)
  const { home: folder } = stand.profile
  writeJson(resolve(folder, 'plan.json'), { options, missing, plan })
  const target = stand.origins.map(loopbackTarget)
  const { system } = stand
  const ratePerSecond = options.rate ?? (await calibrate())
  const load = await startBaseLoad({ system, target, seed: options.seed, ratePerSecond })
  const startedAt = performance.now()
  const player = openPlayer({ stand, kinds: KINDS, firstAckAfter: load.firstAckAfter })
  events.onDeath(player)
  const elapsedMs = () => performance.now() - startedAt
  const progress = openProgress(() => ({
    ...{ elapsedMs: elapsedMs(), lastsMs, planned: plan.length, begun: player.begun() },
    ...{ acknowledged: load.counts().acknowledged, broken: player.broken() },
  }))
  const played = await player.play(plan)
  await sleep(Math.max(0, lastsMs - elapsedMs()))
  await load.finish()
  progress.end()
  const checks = [judgeReturns(played)]
  const result: ChaosResult = {
    ...{ options, ratePerSecond, played, missing, checks, folder },
    tookMs: elapsedMs(),
    counts: load.counts(),
    deaths: events.deaths,
    ok: checks.every(({ broken }) => broken === 0),
  }
  writeJson(resolve(folder, 'report.json'), { at: new Date().toISOString(), ...result })
  return result
}

/** Which services ended although no fault was at them. */
export interface DeathBook {
  readonly deaths: Readonly<Record<string, number>>
  hear(event: PartEvent): void
  onDeath(player: Pick<Player, 'isTouched'>): void
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
    onDeath(known) {
      player = known
    },
  }
}

/** What a fault took away came back, without anybody's hand. */
function judgeReturns(played: readonly Played[]): Check {
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
