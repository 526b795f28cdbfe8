import { STAGES, type StageName, type Variant } from '@stampede/contracts/sales'

/** A row of the story. */
export interface Row {
  readonly stage: StageName
  readonly variant: Variant
  /** Counters the stock is split over, if it is. */
  readonly segments?: number
}

/** The stages as such systems really grow. */
const ORDER = ['single-process', 'multi-process', 'threads', 'async', 'database', 'hybrid'] as const

const SEGMENTS = [4, 16] as const

/** Naive variants first: the trouble, then its cures. */
export function rowsOf(stages: readonly StageName[]): Row[] {
  return ORDER.filter((stage) => stages.includes(stage)).flatMap((stage) => {
    const variants: Row[] = [...STAGES[stage]]
      .sort((a, b) => Number(b === 'naive') - Number(a === 'naive'))
      .map((variant) => ({ stage, variant }))
    const split: Row[] = SEGMENTS.map((segments) => ({ stage, variant: 'guarded', segments }))
    return stage === 'hybrid' ? [...variants, ...split] : variants
  })
}

export function nameOf({ stage, variant, segments }: Row): string {
  return `${stage} / ${segments === undefined ? variant : `${segments} segments`}`
}

/** Whether processes or threads of the row's own go on when it has ended. */
export function leavesWorkers({ stage }: Row): boolean {
  return stage === 'multi-process' || stage === 'threads'
}

/**
 * What each row says of itself under this load. `oversells`: it must be seen to. `may oversell`: only when
 * few workers meet at the last unit, or a holder of a lock outlives its lease; no load can order that, but
 * their tests do. All others may never.
 */
const DECLARED: Readonly<Record<string, 'oversells' | 'may oversell'>> = {
  'single-process / naive': 'oversells',
  'multi-process / naive': 'oversells',
  'multi-process / mutex': 'may oversell',
  'multi-process / lock': 'may oversell',
  'threads / naive': 'oversells',
  'async / naive': 'oversells',
}

export type Declared = 'oversells' | 'may oversell' | 'never oversells'

export function declaredOf(row: Row): Declared {
  return DECLARED[nameOf(row)] ?? 'never oversells'
}

/** Buyers may happen to meet nowhere: who is declared to oversell gets so many rushes to be seen at it. */
export const RUSHES_MAX = 3

/** True for a row that is declared to oversell and was not seen to yet. */
export function needsAnother(row: Row, oversold: number, rushes: number): boolean {
  return declaredOf(row) === 'oversells' && oversold === 0 && rushes < RUSHES_MAX
}

/** What a run must show of a row; units and orders. */
export interface Ending {
  readonly oversold: number
  readonly lost: number
  readonly duplicates: number
}

/** Why a row is not what it declares, or undefined. `runs` are all its repeats. */
export function faultOf(row: Row, runs: readonly Ending[]): string | undefined {
  const declared = declaredOf(row)
  const least = Math.min(...runs.map(({ oversold }) => oversold))
  const most = Math.max(...runs.map(({ oversold }) => oversold))
  if (declared === 'oversells') return least > 0 ? undefined : 'is declared to oversell, and did not'
  if (declared === 'never oversells' && most > 0) return `oversold ${most}`
  const lost = Math.max(...runs.map((run) => run.lost))
  if (lost > 0) return `lost ${lost}`
  const duplicates = Math.max(...runs.map((run) => run.duplicates))
  return duplicates > 0 ? `has ${duplicates} duplicates` : undefined
}
