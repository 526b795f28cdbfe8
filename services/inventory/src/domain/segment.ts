import type { Claim, Shelf } from '@stampede/contracts/claims'

/** A claim on its way to a segment of its sale; without one, to the sale itself. */
export interface SegmentClaim extends Claim {
  readonly segmentId?: string
}

/** The row and the view that count a claim's units. */
export function shelfOf(claim: SegmentClaim): string {
  return claim.segmentId ?? claim.saleId
}

/** Where a buyer's claims go, always the same, so that one row knows all that the buyer has. */
export function homeOf(userId: string, segments: readonly string[]): string {
  return segments[Number.parseInt(userId.slice(-8), 16) % segments.length] as string
}

/** Segments seen as one shelf. Each of its numbers grows when one of theirs does. */
export function sumShelves(saleId: string, shelves: readonly Shelf[]): Shelf {
  const sum = (pick: (shelf: Shelf) => number) => shelves.reduce((total, shelf) => total + pick(shelf), 0)
  return {
    saleId,
    epoch: sum(({ epoch }) => epoch),
    seq: sum(({ seq }) => seq),
    left: sum(({ left }) => left),
  }
}
