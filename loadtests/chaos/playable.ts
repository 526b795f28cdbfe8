import type { Stand } from '@stampede/local/stand/stand'
import { UsageError } from '../usage.ts'
import type { Fault, FaultKind } from './fault.ts'
import type { Drawable } from './plan.ts'

/** A kind that cannot be played on this machine, and how many faults of a plan are of it. */
export interface NotRun {
  readonly kind: string
  readonly why: string
  readonly faults: number
}

/**
 * What a plan is drawn over, whatever this machine can play. `only` holds kinds, or kinds with a target; all
 * are meant when it is empty. Throws `UsageError` for a word that is neither.
 */
export function findDrawable(kinds: readonly FaultKind[], stand: Stand, only: readonly string[]): Drawable[] {
  const unknown = new Set(only)
  const drawable = kinds.map((kind) => {
    const { kind: name, weight, leastMs, mostMs } = kind
    const all = kind.targets(stand)
    for (const word of [name, ...all.map((target) => `${name}:${target}`)]) unknown.delete(word)
    const targets = all.filter((target) => isWanted(only, name, target))
    const touches = (target: string) => kind.touches(target, stand)
    return { kind: name, weight, leastMs, mostMs, targets, touches }
  })
  for (const word of unknown) throw new UsageError(`--only: there is no fault ${word}${writeTargets(word)}`)
  return drawable.filter(({ targets }) => targets.length > 0)

  function writeTargets(word: string): string {
    const kind = kinds.find((each) => each.kind === word.split(':')[0])
    return kind ? `; ${kind.kind} has ${kind.targets(stand).join(', ')}` : ''
  }
}

/** What of a plan this machine can play, and what it cannot, and why. */
export function splitPlan(plan: readonly Fault[], kinds: readonly FaultKind[], stand: Stand) {
  const reasons = new Map(kinds.map((kind) => [kind.kind, kind.missing?.(stand)]))
  const faultsOf = Map.groupBy(plan, ({ kind }) => kind)
  const notRun: NotRun[] = [...reasons].flatMap(([kind, why]) => {
    const faults = faultsOf.get(kind)?.length ?? 0
    return why === undefined || faults === 0 ? [] : [{ kind, why, faults }]
  })
  return { playable: plan.filter(({ kind }) => reasons.get(kind) === undefined), notRun }
}

function isWanted(only: readonly string[], kind: string, target: string): boolean {
  return only.length === 0 || only.includes(kind) || only.includes(`${kind}:${target}`)
}
