import type { ViewClaim } from './record.ts'

/**
 * Everything a view is made of, read from the ledger. Chunks so that a large sale does not fill the memory.
 */
export interface View {
  readonly saleId: string
  readonly epoch: number
  readonly left: number
  readonly limit: number
  readonly state: string
  readonly startsAt: number
  readonly endsAt: number
  readonly users: AsyncIterable<readonly (readonly [userId: string, used: number])[]>
  readonly claims: AsyncIterable<readonly ViewClaim[]>
}
