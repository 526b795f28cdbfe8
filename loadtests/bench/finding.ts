import type { Race } from './race.ts'

/** One figure of the benchmark and the goal it is held to. */
export interface Finding {
  readonly what: string
  readonly value: number
  /** Without one it is a number of things. */
  readonly unit: '×' | 'ms' | 's' | 'MB' | '/s' | '%' | ''
  readonly goal: Goal | undefined
}

export type Goal = { readonly atLeast: number } | { readonly atMost: number }

/** What a benchmark came to. `data` holds whatever else is worth keeping in the file. */
export interface Outcome {
  readonly races: readonly Race[]
  readonly findings: readonly Finding[]
  /** Lines of its own, where neither races nor findings can say it. */
  readonly table?: readonly string[]
  readonly data?: unknown
}

export function isMet({ value, goal }: Finding): boolean | undefined {
  if (!goal) return undefined
  return 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost
}
