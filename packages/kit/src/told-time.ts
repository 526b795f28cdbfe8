/** What another's clock said when it was asked. */
export interface Told {
  /** In milliseconds since 1970. */
  readonly theirs: number
  /** When the question left and when the answer was there, by `performance.now()`. */
  readonly askedAt: number
  readonly heardAt: number
}

/**
 * What their clock says when ours, `performance.now()`, says 0: their time is this and ours together, to half
 * the answer's trip. Undefined when the trip was longer than `tripMsMax`, as when this process was frozen:
 * such an answer says little of when it was given.
 */
export function zeroOf({ theirs, askedAt, heardAt }: Told, tripMsMax: number): number | undefined {
  return heardAt - askedAt <= tripMsMax ? theirs - (askedAt + heardAt) / 2 : undefined
}
