import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import type { Finding } from '../../demo/books/books.ts'
import { enterAsOperator } from '../../system/operator.ts'

export interface AlarmTerms {
  /** Of every gateway. */
  readonly origins: readonly string[]
  /** Alarms that must stand, by name. */
  readonly due: readonly string[]
  /** So long it may take until it is so; 30 s if not given. */
  readonly limitMs?: number
}

// A letter nobody has replayed is an alarm of the service whose it is.
const LETTERS = `
SELECT 'inventory' AS service WHERE EXISTS (SELECT FROM inventory.dead_letter WHERE replayed_at IS NULL)
UNION ALL SELECT 'order' WHERE EXISTS (SELECT FROM orders.dead_letter WHERE replayed_at IS NULL)
UNION ALL SELECT 'payment' WHERE EXISTS (SELECT FROM payments.dead_letter WHERE replayed_at IS NULL)
UNION ALL SELECT 'functions' WHERE EXISTS (SELECT FROM functions.dead_letter WHERE replayed_at IS NULL)`

/** The alarms that have a cause at rest: letters that were put aside, by whoever put them. */
export async function dueAlarms(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ service: string }>(LETTERS)
  return rows.map(({ service }) => `${service}.deadLetters`)
}

const LIMIT_MS = 30_000
const POLL_MS = 500

/**
 * Asks each gateway for the alarms of all services until exactly those stand that are due. Never rejects: a
 * gateway that does not answer has told of no alarm and of no calm.
 */
export async function judgeAlarms({ origins, due, limitMs = LIMIT_MS }: AlarmTerms): Promise<Finding> {
  const deadline = performance.now() + limitMs
  const wrong = await Promise.all(
    origins.map(async (origin) => {
      for (;;) {
        const found = await findWrong(origin, due)
        if (found.length === 0 || performance.now() > deadline) return found
        await sleep(POLL_MS)
      }
    }),
  )
  const first = wrong.flat()
  return {
    title: 'at rest, the own watch of the system has no alarm without a cause',
    broken: first.length,
    first,
  }
}

async function findWrong(origin: string, due: readonly string[]): Promise<Finding['first']> {
  try {
    const { alarms } = await (await enterAsOperator(origin)).watch()
    const names = new Set(alarms.map(({ name }) => name))
    const needless = alarms.filter(({ name }) => !due.includes(name))
    return [
      ...needless.map(({ name, value, limit, since }) => ({
        id: name,
        why: `${value}, limit ${limit}, since ${since}`,
      })),
      ...due.filter((name) => !names.has(name)).map((name) => ({ id: name, why: 'should stand, does not' })),
    ]
  } catch (error) {
    return [{ id: origin, why: `its watch does not answer: ${(error as Error).message}` }]
  }
}
