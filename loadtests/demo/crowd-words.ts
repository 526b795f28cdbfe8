import type { Buyers } from '@stampede/contracts/users'
import type { DemoOptions } from './options.ts'
import type { SaleName } from './step.ts'
import type { BadTokens } from './tokens.ts'

/** What the process that plays the buyers is told, once, at its start. */
export interface CrowdOrders {
  readonly options: DemoOptions
  /** The gateway's origin. */
  readonly url: string
  readonly saleIds: Readonly<Record<SaleName, string>>
  /** A third sale: nobody looks at what happens there. */
  readonly warmUpSaleId: string
  readonly buyers: Buyers['buyers']
  readonly badTokens: BadTokens
  readonly journalFile: string
}

/** What it tells while it works, several times a second. */
export interface CrowdProgress {
  readonly phase: 'warm-up' | 'rush' | 'later' | 'done'
  readonly attempts: number
  readonly won: number
  readonly refused: number
  readonly unanswered: number
}
