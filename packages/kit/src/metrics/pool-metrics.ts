import type pg from 'pg'
import { histogram, observe } from './instruments.ts'

type Taken = Parameters<typeof pg.Pool.prototype.connect>[0]

const waits = histogram('db.client.connection.wait_time')

/** Tells how many connections a pool has and how long they are waited for, until it has ended. */
export function watchPool(name: string, pool: pg.Pool): void {
  const ends = [
    observe('db.client.connection.count', () => [
      [pool.idleCount, name, 'idle'],
      [pool.totalCount - pool.idleCount, name, 'used'],
    ]),
    observe('db.client.connection.max', () => [[pool.options.max, name]]),
    observe('db.client.connection.pending_requests', () => [[pool.waitingCount, name]]),
  ]
  timeWaits(name, pool)
  const end = pool.end.bind(pool)
  pool.end = (...done: []) => {
    for (const each of ends) each()
    return end(...done)
  }
}

/** The pool's own queries come this way too, with a callback. */
function timeWaits(name: string, pool: pg.Pool): void {
  const line = waits.at(name)
  const connect = pool.connect.bind(pool)
  const timed = (taken?: Taken) => {
    const since = performance.now()
    const note = () => line.record((performance.now() - since) / 1_000)
    if (!taken) return connect().finally(note)
    return connect((...given) => {
      note()
      taken(...given)
    })
  }
  pool.connect = timed as typeof pool.connect
}
