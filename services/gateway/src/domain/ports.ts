import type { Claim } from '@stampede/contracts/claims'
import type { Placement } from '@stampede/contracts/orders'
import type { Unheard } from '@stampede/contracts/outcomes'
import type { ServiceStory, StoryService } from '@stampede/contracts/story'
import type { Look } from './feed.ts'
import type { Identity } from './identity.ts'
import type { HopSpan } from './story.ts'

/** Says who asks. */
export interface Tokens {
  /** Whom this `authorization` header proves, if it was verified before and still holds. */
  known(authorization: string): Identity | undefined
  /** `unavailable` when there is no key yet to verify with. */
  verify(authorization: string): Promise<Identity | 'refused' | 'unavailable'>
}

/** What became of an attempt: the order service's word, or why it could not give one. */
export type Placing = Placement | { readonly refused: Unheard }

/** Takes wishes to buy to the order service. */
export interface Claims {
  /** Answers within the deadline, whatever happens behind it. Never rejects. */
  place(claim: Claim): Promise<Placing>
}

/** Hears how attempts end, and learns from it which sales are sold out. */
export interface SoldOut {
  hear(claim: Claim, placing: Placing): void
}

/** Somebody following a thing. */
export interface Following<F> {
  /** A look that begins now: whatever has happened before is in it, or is told later. */
  look(): Promise<Look<F>>
  leave(): void
}

/** Tells that something happened to orders, and of which. May be deaf for a while: then it is looked for. */
export interface OrderNews {
  /** Somebody wants to hear; each `want` needs an `unwant` later. */
  want(): void
  unwant(): void
  close(): Promise<void>
}

export interface Ears {
  /** Something happened to this order, or is about to. */
  onOrder(orderId: string): void
  /** Nothing is missed from now on; before, something may have been. */
  onListening(): void
}

/** Whose order is asked for, by its id; anybody's without a user. `traceId`: of who asks. */
export interface StoryWish {
  readonly orderId: string
  readonly userId?: string
  readonly traceId: string
}

/** What each service knows of an order. */
export interface Stories {
  /** Answers within a bound. `unknown`: it is not there, or another's; `away`: nothing sensible was heard. */
  ask(service: StoryService, wish: StoryWish): Promise<ServiceStory | 'unknown' | 'away'>
}

/** Where traces are kept. */
export interface Traces {
  /** The hops of a trace, none if it was not kept. Answers within a bound. */
  find(traceId: string): Promise<readonly HopSpan[] | 'away'>
}
