import type { StageName } from '@stampede/contracts/sales'
import { type HybridDeps, openHybrid } from './hybrid.ts'
import type { Stage } from './stage.ts'

/** Every stage and how to open it. */
export const OPENERS = { hybrid: openHybrid } satisfies Record<StageName, (deps: HybridDeps) => Stage>
