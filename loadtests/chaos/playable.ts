import type { Stand } from '@stampede/local/stand/stand'
import { UsageError } from '../usage.ts'
import type { FaultKind } from './fault.ts'
import type { Playable } from './plan.ts'

export interface Found {
  readonly playable: readonly Playable[]
  readonly missing: readonly { readonly kind: string; readonly why: string }[]
}

/**
 * What can be played on this machine, and what cannot, and why. `only` holds kinds, or kinds with a target;
 * all are meant when it is empty. Throws `UsageError` for a word that is neither.
 */
export function findPlayable(kinds: readonly FaultKind[], stand: Stand, only: readonly string[]): Found {
  const playable: Playable[] = []
  const missing: { kind: string; why: string }[] = []
  const unknown = new Set(only)
  for (const kind of kinds) {
    const targets = kind.targets(stand)
    const isMeant = only.length === 0 || only.some((word) => word.split(':')[0] === kind.kind)
    if ('missing' in targets) {
      unknown.delete(kind.kind)
      if (isMeant) missing.push({ kind: kind.kind, why: targets.missing })
      continue
    }
    const wanted = targets.filter((target) => isWanted(only, kind.kind, target))
    for (const word of [kind.kind, ...targets.map((target) => `${kind.kind}:${target}`)]) unknown.delete(word)
    if (wanted.length > 0) {
      const { weight, leastMs, mostMs } = kind
      const touches = (target: string) => kind.touches(target, stand)
      playable.push({ kind: kind.kind, weight, leastMs, mostMs, targets: wanted, touches })
    }
  }
  if (unknown.size > 0) throw new UsageError(`--only: there is no fault ${[...unknown].join(', ')}`)
  return { playable, missing }
}

function isWanted(only: readonly string[], kind: string, target: string): boolean {
  return only.length === 0 || only.includes(kind) || only.includes(`${kind}:${target}`)
}
