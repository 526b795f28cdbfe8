import type { Claim } from '@stampede/contracts/claims'
import { openLog } from '@stampede/kit/log'
import { openPool } from '@stampede/kit/postgres'
import { openLocks } from '../adapters/locks-redlock.ts'
import { Shelf } from '../adapters/shelf-postgres.ts'
import type { FromWorker, Settings, ToWorker } from './crew.ts'
import type { Take } from './shelf-stage.ts'
import { mutex, naive } from './single-process.ts'
import { fenced, locked } from './under-lock.ts'
import { Witness } from './witness.ts'

// One process of the stage multi-process. Its life hangs on the parent's: however that ends, even by kill -9,
// the channel between them closes. A terminal's Ctrl-C is the parent's to act on.
process.once('disconnect', () => process.exit(0))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined)
process.once('message', (settings) => open(settings as Settings))

/** Twelve over all, about the ten of a single process: what differs between the stages is the guard. */
const CONNECTIONS = 3

function open(settings: Settings): void {
  const { databaseUrl: url, schema, redisUrl, leaseMs, logLevel, asks, variant } = settings
  const log = openLog('inventory-worker', logLevel)
  const pool = openPool({ url, schema, service: 'inventory-worker', connectionsMax: CONNECTIONS, log })
  const witness = new Witness()
  const waits = new Map<string, () => void>()
  const say = (said: FromWorker) => process.send?.(said)

  /** Stands still until the parent's word comes. */
  function between({ claimId }: Claim): Promise<void> {
    return new Promise((go) => {
      waits.set(claimId, go)
      say({ claimId, looked: true, notes: witness.drain() })
    })
  }

  const deps = { shelf: new Shelf(pool, witness), witness, ...(asks && { between }) }
  const withLocks = () => ({ ...deps, log, locks: openLocks(redisUrl, leaseMs, log) })
  const takers = {
    naive: () => naive(deps),
    mutex: () => mutex(deps),
    lock: () => locked(withLocks()),
    guarded: () => fenced(withLocks()),
  } satisfies Record<typeof variant, () => Take>
  const take = takers[variant]()
  process.on('message', async (message: ToWorker) => {
    if ('go' in message) {
      waits.get(message.go)?.()
      waits.delete(message.go)
      return
    }
    const { claimId } = message.claim
    const said = await take(message.claim, message.sale, Number.POSITIVE_INFINITY).then(
      (verdict) => ({ verdict }),
      (error: Error) => ({ failed: error.message }),
    )
    say({ claimId, ...said, notes: witness.drain() })
  })
}
