import { FUNCTION_NAMES, type FunctionName, type FunctionTopic } from '@stampede/contracts/functions'
import { isStep, type ServiceStory, type Step } from '@stampede/contracts/story'
import type { Pool } from '@stampede/kit/postgres'
import { findLetters } from '@stampede/kit/story/letters'
import type { CallRow } from './calls-postgres.ts'

interface Row {
  readonly name: FunctionName
  readonly topic: FunctionTopic
  readonly userId: string
  readonly state: CallRow['state']
  readonly tries: number
  readonly at: Date
  readonly endedAt: Date | null
}

// The ids of an order's events begin with its own. In whatever order the database sorts text, they lie
// between that and that with a letter behind it, so the primary key finds them.
const CALLS_SQL = `select function as name, event::json->>'type' as topic,
    event::json->'data'->>'userId' as "userId", state, tries, at, ended_at as "endedAt"
  from call where function = any($2)
    and event_id > $1 and event_id < $1 || 'z' and starts_with(event_id, $1 || '.')
  order by at, function limit 100`

/** What followed from an order, call by call; undefined when nothing was heard of it. */
export async function readCallsStory(pool: Pool, orderId: string): Promise<ServiceStory | undefined> {
  const { rows } = await pool.query<Row>(CALLS_SQL, [orderId, FUNCTION_NAMES])
  const letters = await findLetters(pool, orderId)
  const [row] = rows
  const heard = [...Map.groupBy(rows, ({ topic }) => topic).values()].flatMap(([first]) => first ?? [])
  const steps = [...heard.flatMap(toHeard), ...rows.flatMap(toRun), ...letters]
  return steps.length > 0 ? { ...(row && { userId: row.userId }), steps } : undefined
}

function toHeard({ topic, at }: Row): Step[] {
  return [{ what: `process ${topic} by functions`, at: at.toISOString() }]
}

function toRun({ name, topic, state, tries, at, endedAt }: Row): Step[] {
  const what = `run ${name} for ${topic}`
  if (!isStep(what)) return []
  const isOver = state === 'done' || state === 'dead'
  return [
    {
      ...{ what, at: at.toISOString(), tries },
      ...(isOver ? endedAt && { until: endedAt.toISOString() } : { open: true }),
      ...(state === 'dead' && { failed: true }),
    },
  ]
}
