import type { Range } from './range.ts'
import { median, type Sample, spread } from './sample.ts'
import type { ShotOf } from './shot.ts'

/** The system and the bare framework under the same load, round by round. */
export interface Race {
  readonly title: string
  readonly system: readonly Sample[]
  readonly reference: readonly Sample[]
}

export interface RaceOptions {
  readonly title: string
  /** The load of a round; sales that can be sold once are opened here. */
  readonly shotOf: ShotOf
}

/** Interleaved, and who goes first changes: whatever else this machine does then meets both alike. */
export async function runRace(range: Range, { title, shotOf }: RaceOptions): Promise<Race> {
  const system: Sample[] = []
  const reference: Sample[] = []
  for (let round = 0; round < range.rounds; round++) {
    const shot = await shotOf()
    const turns = [
      async () => system.push(await range.shootSystem(shot)),
      async () => reference.push(await range.shootReference(shot)),
    ]
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn()
    const [ours, bare] = [system.at(-1), reference.at(-1)]
    range.say(`${title}, round ${round + 1}: ${whole(ours?.perSecond)}/s, bare ${whole(bare?.perSecond)}/s`)
  }
  return { title, system, reference }
}

/** The figures of a race: medians over its rounds, ratios of medians. */
export function sumUp({ system, reference }: Race) {
  const of = (samples: readonly Sample[], pick: (sample: Sample) => number) => median(samples.map(pick))
  const perSecond = of(system, (each) => each.perSecond)
  const barePerSecond = of(reference, (each) => each.perSecond)
  const cpuUs = of(system, (each) => each.cpuUs)
  const bareCpuUs = of(reference, (each) => each.cpuUs)
  return {
    ...{ perSecond, barePerSecond, cpuUs, bareCpuUs },
    speedRatio: perSecond / barePerSecond,
    cpuRatio: cpuUs / bareCpuUs,
    p50Ms: of(system, (each) => each.p50Ms),
    p99Ms: of(system, (each) => each.p99Ms),
    spread: spread(system.map((each) => each.perSecond)),
    bareSpread: spread(reference.map((each) => each.perSecond)),
  }
}

function whole(value: number | undefined): string {
  return Math.round(value ?? 0).toLocaleString('en-US')
}
