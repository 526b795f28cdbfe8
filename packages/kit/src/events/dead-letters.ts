import { type DeadLetter, type DeadLetters, LETTER_ID } from '@stampede/contracts/dead-letters'
import { strict } from '@stampede/contracts/fields'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Pool } from '../postgres.ts'
import { traceOf } from '../tracing/kept-traces.ts'
import { isOutage } from './outage.ts'
import type { Replay } from './replay.ts'

const LIMIT = 20
/** Enough to recognise a message by; the whole of it stands in the table. */
const VALUE_CHARS_MAX = 2_000
const LIST_SQL = `select id::text, consumer, topic, key, left(value, ${VALUE_CHARS_MAX}) as value, error, at,
  replayed_at as "replayedAt" from dead_letter where $2::bigint is null or id < $2 order by id desc limit $1`

const Page = Type.Object(
  {
    limit: Type.Optional(Type.String({ pattern: '^([1-9]|[1-9][0-9]|100)$' })),
    before: Type.Optional(Type.String({ pattern: `^${LETTER_ID}$` })),
  },
  strict,
)
const LetterPath = Type.Object({ id: Type.String({ pattern: `^${LETTER_ID}$` }) }, strict)

export interface DeadLetterPorts {
  /** Connections whose search path holds `dead_letter`. */
  readonly pool: Pool
  /** Brings a letter to its effect; a consumer's own `replay`. */
  readonly replay: (id: string) => Promise<Replay>
}

/**
 * What a service could not work on, for an operator to see and to have tried again:
 * `GET /internal/dead-letters?limit=&before=` (newest first; `before`: an id) and
 * `POST /internal/dead-letters/:id/replay` (202, 404, 409 `not_replayable` with the reason).
 */
export function routeDeadLetters(app: FastifyInstance, { pool, replay }: DeadLetterPorts): void {
  app.get<{ Querystring: Static<typeof Page> }>('/internal/dead-letters', {
    schema: { querystring: Page },
    handler: async ({ query }): Promise<DeadLetters> => {
      const { rows } = await pool.query(LIST_SQL, [query.limit ?? LIMIT, query.before ?? null])
      return { letters: rows.map(toLetter) }
    },
  })

  app.post<{ Params: Static<typeof LetterPath> }>('/internal/dead-letters/:id/replay', {
    schema: { params: LetterPath },
    handler: async ({ params: { id } }, reply) => {
      const end = await replay(id).catch((error: unknown) => {
        if (isOutage(error)) return 'away' as const
        throw error
      })
      if (end === 'away') return reply.problem('unavailable', { retryAfter: 1 })
      if (end === 'not_found') return reply.problem('not_found')
      if (end === 'replayed') return reply.code(202).send({ id })
      return reply.problem('not_replayable', { detail: end.failed })
    },
  })
}

type Column = Exclude<keyof DeadLetter, 'traceId'>
type Row = { readonly [K in Column]: K extends 'at' | 'replayedAt' ? Date : DeadLetter[K] | null }

/** A column that is empty is a field that is not there. */
function toLetter(row: Row): DeadLetter {
  const traceId = row.value ? traceOf(row.value) : undefined
  const filled = Object.entries({ ...row, traceId }).filter(([, each]) => each !== null && each !== undefined)
  return Object.fromEntries(filled) as unknown as DeadLetter
}
