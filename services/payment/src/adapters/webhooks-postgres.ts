import type { Tx } from '@stampede/kit/postgres'

const NOTE = 'insert into webhook (event_id) values ($1) on conflict do nothing'
/** Far longer than a signature holds, and than the provider goes on trying. */
export const PRUNE_WEBHOOKS_SQL = `delete from webhook where ctid = any(array(
  select ctid from webhook where seen_at < now() - interval '8 days' limit 1000))`

/** Notes a webhook as heard in the transaction of its effect; false if it was heard before. */
export async function noteWebhook(tx: Tx, eventId: string): Promise<boolean> {
  return (await tx.query(NOTE, [eventId])).rowCount === 1
}
