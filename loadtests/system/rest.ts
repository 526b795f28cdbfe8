import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { readGate } from './gate-view.ts'
import { readLags } from './kafka-reader.ts'
import type { RunningSystem } from './running-system.ts'

export interface RestOptions {
  /** Sales whose orders must all have ended. */
  readonly runOut: readonly string[]
  /** Sales whose view in the gate must be that of the ledger. */
  readonly saleIds: readonly string[]
  readonly limitMs: number
  /** Called when what the system still works on changes. */
  readonly onWait?: (reason: string) => void
}

const POLL_MS = 200

const OPEN_WORK = `
SELECT (SELECT count(*) FROM orders.orders WHERE state = 'pending' AND sale_id = ANY($1))::int AS running,
       (SELECT coalesce(sum(count), 0) FROM inventory.outbox WHERE sent_at IS NULL)::int
       + (SELECT coalesce(sum(count), 0) FROM orders.outbox WHERE sent_at IS NULL)::int AS untold,
       (SELECT count(*) FROM orders.orders o JOIN inventory.reservation r ON r.claim_id = o.order_id
        WHERE o.state IN ('cancelled', 'expired') AND r.state = 'held')::int AS unreturned`

/**
 * Waits until nothing moves any more: all told, all consumed, all units back. Returns what the system still
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

/** The cheap questions first; the next one is asked only when the last one is settled. */
async function findOpenWork(
  client: Client,
  { engines }: RunningSystem,
  { runOut, saleIds }: RestOptions,
): Promise<string | undefined> {
  const { rows } = await client.query<{ running: number; untold: number; unreturned: number }>(OPEN_WORK, [
    runOut,
  ])
  const { running = 0, untold = 0, unreturned = 0 } = rows[0] ?? {}
  if (running > 0) return `${running} unpaid orders run out`
  if (untold > 0) return `${untold} events on their way to Kafka`
  if (unreturned > 0) return `units of ${unreturned} ended orders on their way back`
  const behind = (await readLags(engines.KAFKA_BROKERS)).filter((each) => each.behind > 0)
  if (behind.length > 0)
    return `${behind.map((each) => `${each.group}: ${each.behind}`).join(', ')} events to consume`
  const gate = await readGate(engines.REDIS_GATE_URL, saleIds)
  const pending = gate.filter(({ what }) => what === 'pending').length
  return pending > 0 ? `${pending} claims to settle between gate and ledger` : undefined
}
