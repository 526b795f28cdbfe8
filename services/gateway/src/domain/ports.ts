import type { Claim } from '@stampede/contracts/claims'
import type { Identity } from './identity.ts'
import type { Placing } from './outcomes.ts'

/** Says who asks. */
export interface Tokens {
  /** Whom this `authorization` header proves, if it was verified before and still holds. */
  known(authorization: string): Identity | undefined
  /** `unavailable` when there is no key yet to verify with. */
  verify(authorization: string): Promise<Identity | 'refused' | 'unavailable'>
}

/** Takes wishes to buy to the order service. */
export interface Claims {
  /** Answers within the deadline, whatever happens behind it. Never rejects. */
  place(claim: Claim): Promise<Placing>
}

/** Hears how attempts end, and learns from it which sales are sold out. */
export interface SoldOut {
  hear(claim: Claim, placing: Placing): void
}
