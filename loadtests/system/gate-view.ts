import { Redis } from 'ioredis'

/**
 * One fact of the gate's view of a sale. `left`: units on the shelf (no
 * id). `user`: units a buyer holds. `claim`: units a claim holds, 0 when
 * it is over. `pending`: a claim that waits to be settled with the ledger.
 */
export interface GateRow {
  readonly saleId: string
  readonly what: 'left' | 'user' | 'claim' | 'pending'
  readonly id: string
  readonly value: number
}

export async function readGate(url: string, saleIds: readonly string[]): Promise<GateRow[]> {
  const redis = new Redis(url, { lazyConnect: true })
  await redis.connect()
  try {
    const views = await Promise.all(saleIds.map((saleId) => readView(redis, saleId)))
    return views.flat()
  } finally {
    redis.disconnect()
  }
}

async function readView(redis: Redis, saleId: string): Promise<GateRow[]> {
  const key = (name: string) => `sale:{${saleId}}:${name}`
  const [left, users, claims, pending] = await Promise.all([
    redis.hget(key('gate'), 'left'),
    redis.hgetall(key('users')),
    redis.hgetall(key('claims')),
    redis.zrange(key('pending'), '0', '-1'),
  ])
  const rows: GateRow[] = left === null ? [] : [{ saleId, what: 'left', id: '', value: Number(left) }]
  for (const [id, units] of Object.entries(users))
    rows.push({ saleId, what: 'user', id, value: Number(units) })
  for (const [id, record] of Object.entries(claims)) {
    // "<stamp> <user> <units>", or "<stamp> over".
    rows.push({ saleId, what: 'claim', id, value: Number(record.split(' ')[2] ?? 0) })
  }
  for (const id of pending) rows.push({ saleId, what: 'pending', id, value: 1 })
  return rows
}
