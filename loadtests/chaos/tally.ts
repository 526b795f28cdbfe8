import { type Played, wasPlayed } from './player.ts'

/** A line of the report: faults of one kind against one sort of part. */
export interface Row {
  readonly name: string
  readonly planned: number
  readonly played: number
  /** Of the recoveries during which nothing else was broken. */
  readonly alone: Spread
  /** Of all recoveries. */
  readonly all: Spread
  /** What promises.md asks for, where it does. */
  readonly goalMs: number | undefined
  /** Whether it missed the goal: alone, or, when it never was alone, among others. */
  readonly isLate: boolean
}

export interface Spread {
  readonly count: number
  readonly p50Ms: number | undefined
  readonly maxMs: number | undefined
}

const ENGINE_SORTS: Readonly<Record<string, string>> = {
  'redis-gate': 'Redis',
  'redis-queue': 'Redis',
  postgres: 'Postgres',
  kafka: 'Kafka',
}
const CROWDS = ['services', 'engines', 'everything']
const GOALS_MS: Readonly<Record<string, number>> = {
  service: 2000,
  Redis: 5000,
  Postgres: 10_000,
  Kafka: 20_000,
}
/** Kinds that break one part as a whole: their rows tell the parts apart, and there the goals hold. */
const BY_SORT = ['kill', 'pause', 'restart']
/** How long a process takes to come back is a matter of its kind. */
const WITH_GOAL = ['kill', 'restart']

export function tallyFaults(played: readonly Played[]): Row[] {
  const groups = Map.groupBy(played, nameOf)
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, group]) => {
      const recovered = group.filter((each) => wasPlayed(each) && each.recoveredMs !== undefined)
      const [kind = '', sort = ''] = name.split(' ')
      const alone = spread(recovered.filter((each) => each.alone))
      const all = spread(recovered)
      const goalMs = WITH_GOAL.includes(kind) ? GOALS_MS[sort] : undefined
      return {
        ...{ name, alone, all, goalMs },
        planned: group.length,
        played: group.filter(wasPlayed).length,
        isLate: goalMs !== undefined && (alone.maxMs ?? all.maxMs ?? 0) > goalMs,
      }
    })
}

/** e.g. `kill Redis`, `flush-gate`. */
function nameOf({ fault: { kind, target } }: Played): string {
  if (!BY_SORT.includes(kind)) return kind
  return `${kind} ${CROWDS.includes(target) ? target : (ENGINE_SORTS[target] ?? 'service')}`
}

function spread(played: readonly Played[]): Spread {
  const times = played.map(({ recoveredMs = 0 }) => recoveredMs).sort((a, b) => a - b)
  return { count: times.length, p50Ms: times[Math.floor((times.length - 1) / 2)], maxMs: times.at(-1) }
}
