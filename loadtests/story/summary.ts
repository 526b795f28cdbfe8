import { median, spread } from '../bench/sample.ts'
import type { Run } from './measure.ts'
import { faultOf, nameOf, type Row, RUSHES_MAX } from './rows.ts'

/** A row and all its runs. */
export interface Measured {
  readonly row: Row
  readonly runs: readonly Run[]
}

/** The median over the runs of one of their figures. */
export function middle({ runs }: Measured, pick: (run: Run) => number): number {
  return median(runs.map(pick))
}

/** Half the distance between the slowest and the fastest run, as a share of the median. */
export function spreadOf({ runs }: Measured): number {
  return spread(runs.map((run) => run.attemptsPerSecond))
}

/** Why the row is not what it declares, or undefined. */
export function faultIn({ row, runs }: Measured): string | undefined {
  return faultOf(
    row,
    runs.map(({ counts }) => counts),
  )
}

/** Attempts leave at their times; beyond these the generator itself is part of what was measured. */
const LATE_MS = 5
const LATE_MAX_MS = 100

/** Says so when the generator was late in one of the runs; milliseconds. */
function latenessIn({ runs }: Measured): string | undefined {
  const mean = Math.max(...runs.map(({ lateMs }) => lateMs))
  const worst = Math.max(...runs.map(({ lateMaxMs }) => lateMaxMs))
  if (mean <= LATE_MS && worst <= LATE_MAX_MS) return undefined
  return `the generator was late itself: ${mean.toFixed(1)} ms on average, ${Math.round(worst)} ms at worst`
}

/** Says so when a naive stage needed more than one rush to oversell. */
function patienceFor({ runs }: Measured): string | undefined {
  const most = Math.max(...runs.map(({ rushes }) => rushes))
  return most > 1 ? `${most} rushes were played, at most ${RUSHES_MAX}, and the last one counts` : undefined
}

/** All there is to say of a row beside its figures. */
export function notesOn(measured: Measured): string[] {
  const notes = [latenessIn(measured), patienceFor(measured)]
  return notes.flatMap((note) => (note ? [`${nameOf(measured.row)}: ${note}`] : []))
}

/** Below this the measuring itself and the kernel's own work explain it. */
const OTHERS_MAX = 0.1

/** Says so when others had so much of the machine that the figures suffered. */
export function crowdednessOf(measured: readonly Measured[]): string | undefined {
  const most = Math.max(...measured.flatMap(({ runs }) => runs.map(({ othersShare }) => othersShare)))
  if (most <= OTHERS_MAX) return undefined
  return `Others had up to ${Math.round(most * 100)} % of the machine: repeat it when it is quiet.`
}
