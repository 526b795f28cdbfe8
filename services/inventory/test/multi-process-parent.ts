import { openLog } from '@stampede/kit/log'
import { Crew } from '../src/stages/crew.ts'
import { Witness } from '../src/stages/witness.ts'

// A parent for a test to kill: it has a crew, tells their pids and then does nothing.
const settings = {
  variant: 'naive',
  databaseUrl: 'postgresql://nobody@127.0.0.1:1/none',
  schema: 'none',
  redisUrl: 'redis://127.0.0.1:1',
  leaseMs: 1_000,
  logLevel: 'error',
  asks: false,
} as const
const log = openLog('inventory-test', 'error')
const crew = new Crew({ settings, size: 4, answerMs: 1_000, witness: new Witness(), log })
process.send?.(crew.pids)
process.once('message', () => crew.close().then(() => process.disconnect()))
