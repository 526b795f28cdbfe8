import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { readGate } from './gate-view.ts'
import { readLags } from './kafka-reader.ts'
import type { RunningSystem } from './running-system.ts'

export interface RestOptions {
  /** Sales whose orders must all have ended. */
  readonly runOut: readonly string[] | 'all'
  /** Sales whose view in the gate must be that of the ledger. */
  readonly saleIds: readonly string[]
  readonly limitMs: number
  /** Called when what the system still works on changes. */
  readonly onWait?: (reason: string) => void
}

const POLL_MS = 200

const OPEN_WORK = `
SELECT (SELECT count(*) FROM orders.orders
        WHERE state = 'pending' AND ($2 OR sale_id = ANY($1)))::int AS running,
       (SELECT count(*) FROM orders.payment WHERE state IN ('requested', 'late', 'refunding'))::int
       + (SELECT count(*) FROM payments.refund WHERE state = 'requested')::int AS moving,
       (SELECT count(*) FROM provider.webhook)::int AS unheard,
       (SELECT coalesce(sum(count), 0) FROM inventory.outbox WHERE sent_at IS NULL)::int
       + (SELECT coalesce(sum(count), 0) FROM orders.outbox WHERE sent_at IS NULL)::int
       + (SELECT coalesce(sum(count), 0) FROM payments.outbox WHERE sent_at IS NULL)::int AS untold,
       (SELECT count(retell_below) FROM inventory.topic_log)::int
       + (SELECT count(retell_below) FROM orders.topic_log)::int
       + (SELECT count(retell_below) FROM payments.topic_log)::int AS lost,
       (SELECT count(*) FROM orders.orders o JOIN inventory.reservation r ON r.claim_id = o.order_id
        WHERE o.state <> 'pending' AND r.state <> 'void'
          AND r.state <> CASE o.state WHEN 'paid' THEN 'sold' ELSE 'released' END)::int AS unfollowed,
       (SELECT count(*) FROM functions.call WHERE state IN ('waiting', 'due'))::int AS uncalled`

type OpenWork = Record<keyof typeof REASONS, number>

/** In the order in which one leads to the next. */
const REASONS = {
  running: 'unpaid orders run out',
  moving: 'payments and refunds under way',
  unheard: 'webhooks on their way',
  untold: 'events on their way to Kafka',
  lost: 'topics to be told again',
  unfollowed: 'reservations to follow their orders',
  uncalled: 'functions to call',
} as const

/**
 * Waits until nothing moves any more: all money at rest, all told, all consumed, all units
 * back. Returns what the system still
 * worked on when the time was up, or undefined.
 */
export async function untilAtRest(system: RunningSystem, options: RestOptions): Promise<string | undefined> {
  const client = new Client({ connectionString: system.engines.DATABASE_URL })
  await client.connect()
  const deadline = performance.now() + options.limitMs
  let reason: string | undefined
  try {
    while (performance.now() < deadline) {
      const now = await findOpenWork(client, system, options)
      if (!now) return undefined
      if (now !== reason) options.onWait?.(now)
      reason = now
      await sleep(POLL_MS)
    }
    return reason
  } finally {
    await client.end()
  }
}

/**
 * The cheap questions first; the next one is asked only when the last one is settled. The first again at the
 * end, for what was consumed meanwhile may have led to more.
 */
async function findOpenWork(
  client: Client,
  { engines }: RunningSystem,
  { runOut, saleIds }: RestOptions,
): Promise<string | undefined> {
  const before = await findOpenRows(client, runOut)
  if (before) return before
  const behind = (await readLags(engines.KAFKA_BROKERS)).filter((each) => each.behind > 0)
  if (behind.length > 0)
    return `${behind.map((each) => `${each.group}: ${each.behind}`).join(', ')} events to consume`
  const gate = await readGate(engines.REDIS_GATE_URL, saleIds)
  const pending = gate.filter(({ what }) => what === 'pending').length
  return pending > 0 ? `${pending} claims to settle between gate and ledger` : findOpenRows(client, runOut)
}

async function findOpenRows(client: Client, runOut: RestOptions['runOut']): Promise<string | undefined> {
  const { rows } = await client.query<OpenWork>(OPEN_WORK, [runOut === 'all' ? [] : runOut, runOut === 'all'])
  const [open] = rows as [OpenWork]
  const names = Object.keys(REASONS) as (keyof typeof REASONS)[]
  const name = names.find((each) => open[each] > 0)
  return name && `${open[name]} ${REASONS[name]}`
}
