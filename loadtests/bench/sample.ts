import type { Hit } from './shot.ts'

/** One measured round. */
export interface Sample {
  /** Answers a second, from the first attempt to the last answer. */
  readonly perSecond: number
  /**
   * CPU of every process that worked for it until all was at rest, the generator's not included, per attempt.
   */
  readonly cpuUs: number
  readonly cpuUsOf: Readonly<Record<string, number>>
  readonly generatorCpuUs: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** From the first attempt until all was told, consumed and at rest. */
  readonly restedMs: number
  /**
   * The share of the machine, 0 to 1, that went to none of those who belong here: the figures are the worse
   * for it.
   */
  readonly othersShare: number
  readonly hit: Hit
}

/** What was read from the machine over a round. */
export interface Readings {
  readonly cpuUsOf: Readonly<Record<string, number>>
  readonly othersShare: number
  readonly restedMs: number
}

export function toSample(hit: Hit, { cpuUsOf, othersShare, restedMs }: Readings): Sample {
  const perAttempt = (us: number) => us / Math.max(1, hit.sent)
  const each = Object.fromEntries(Object.entries(cpuUsOf).map(([name, us]) => [name, perAttempt(us)]))
  return {
    perSecond: (hit.answered * 1000) / hit.tookMs,
    cpuUs: Object.values(each).reduce((sum, us) => sum + us, 0),
    cpuUsOf: each,
    generatorCpuUs: perAttempt(hit.generatorCpuUs),
    p50Ms: hit.p50Ms,
    p99Ms: hit.p99Ms,
    restedMs,
    othersShare,
    hit,
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** How far apart the rounds lie: half the distance from least to most, as a share of the median. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / 2 / median(values)
}
