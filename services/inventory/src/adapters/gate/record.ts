/** A claim as the ledger knows it, on its way into a view. */
export interface ViewClaim {
  readonly claimId: string
  readonly stamp: number
  readonly userId: string
  readonly quantity: number
  readonly keyPrint: number
  readonly live: boolean
}

/** What a view keeps of a claim: its stamp, and who holds how much while it holds. */
export function record({ stamp, userId, quantity, live }: ViewClaim): string {
  return live ? `${stamp} ${userId} ${quantity}` : `${stamp} over`
}

/** A claim that holds units, as a view has it. */
export interface HeldClaim {
  readonly claimId: string
  readonly stamp: number
  readonly userId: string
  readonly quantity: number
}

/** Reads what `record` wrote; undefined when the claim holds nothing. */
export function readHolding(claimId: string, text: string): HeldClaim | undefined {
  const [stamp, userId, quantity] = text.split(' ')
  if (!stamp || !userId || !quantity) return undefined
  return { claimId, stamp: Number(stamp), userId, quantity: Number(quantity) }
}

/** The fingerprints of the claims' keys: little-endian uint32s. */
export function packPrints(claims: readonly ViewClaim[]): Buffer {
  const prints = Buffer.alloc(4 * claims.length)
  for (const [i, claim] of claims.entries()) prints.writeUInt32LE(claim.keyPrint, 4 * i)
  return prints
}
