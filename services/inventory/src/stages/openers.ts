import type { StageName } from '@stampede/contracts/sales'
import { Hybrid, type HybridDeps } from './hybrid.ts'
import type { Stage } from './stage.ts'

/** Every stage and how to open it. */
export const OPENERS = {
  hybrid: (deps: HybridDeps) => new Hybrid(deps),
} satisfies Record<StageName, (deps: HybridDeps) => Stage>
