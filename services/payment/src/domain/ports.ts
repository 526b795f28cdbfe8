import type { Charge, NewCharge, NewCredit } from '@stampede/contracts/provider'

/** The payment provider: takes money and gives it back, each once by our reference. Never rejects. */
export interface Provider {
  /** `refused`: it will never take this. `unavailable`: it may have taken it or not; ask again. */
  charge(wish: NewCharge): Promise<Charge | 'refused' | 'unavailable'>
  /** What became of a charge. `unknown`: there is none. */
  find(reference: string): Promise<Charge | 'unknown' | 'unavailable'>
  /** Gives back some of a charge. `refused`: nothing was taken yet, or less is left. */
  credit(reference: string, wish: NewCredit): Promise<Charge | 'refused' | 'unavailable'>
}
