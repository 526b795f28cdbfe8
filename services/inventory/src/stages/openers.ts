import type { StageName, Variant } from '@stampede/contracts/sales'
import { openAsync } from './async.ts'
import { openDatabase } from './database.ts'
import { Hybrid, type HybridDeps } from './hybrid.ts'
import { type MultiProcessDeps, openMultiProcess } from './multi-process.ts'
import type { QueuedDeps } from './queued-stage.ts'
import { openSingleProcess } from './single-process.ts'
import type { Stage } from './stage.ts'
import { openThreads } from './threads.ts'

export type StageDeps = HybridDeps & QueuedDeps & MultiProcessDeps

/** Every stage and how to open it. */
export const OPENERS = {
  hybrid: (deps) => new Hybrid(deps),
  'single-process': openSingleProcess,
  'multi-process': openMultiProcess,
  threads: openThreads,
  async: openAsync,
  database: openDatabase,
} as const satisfies Record<StageName, (deps: StageDeps, variant: Variant) => Stage>
