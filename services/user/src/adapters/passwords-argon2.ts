import { hash, verify } from '@node-rs/argon2'
import { openBatcher } from '@stampede/kit/batcher'
import type { Passwords } from '../domain/ports.ts'

// argon2id (the library's default algorithm): 19 MiB, two passes, one lane.
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
const HASHES_MAX = 2
const QUEUE_MAX = 64
const WAIT_MS = 3_000

export interface OpenPasswords extends Passwords {
  close(): Promise<void>
}

/**
 * argon2id behind a bounded queue: a hash is dear by design, so a flood of log-ins must not take the machine.
 * At most two run, 64 wait, for 3 s at most; the rest is `overloaded` at once.
 */
export async function openPasswords(): Promise<OpenPasswords> {
  const dummy = await hash('no account has this hash', COST)
  const queue = openBatcher<() => Promise<unknown>, unknown>({
    name: 'passwords',
    itemsMax: 1,
    waitMs: 0,
    queueMax: QUEUE_MAX,
    inFlightMax: HASHES_MAX,
    run: (jobs) => Promise.all(jobs.map((job) => job())),
  })

  async function queued<T extends object>(job: () => Promise<T>): Promise<T | 'overloaded'> {
    const outcome = await queue.add(job, performance.now() + WAIT_MS)
    if ('done' in outcome) return outcome.done as T
    if (outcome.refused === 'failed') throw outcome.error
    return 'overloaded'
  }

  return {
    hash: (password) => queued(async () => ({ hash: await hash(password, COST) })),
    async verify(stored, password) {
      const answer = await queued(async () => ({ matches: await verify(stored ?? dummy, password) }))
      if (answer === 'overloaded') return answer
      return answer.matches && stored !== null ? 'right' : 'wrong'
    },
    close: () => queue.close(),
  }
}
