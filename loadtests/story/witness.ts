/** What inventory's `GET /internal/sales/:saleId/witness` tells. */
export interface Testimony {
  readonly figures: Figures
  readonly sights: readonly Sight[]
}

export interface Figures {
  readonly poolWaits: number
  readonly poolTimeouts: number
  readonly lockWaits: number
  readonly lockTimeouts: number
  readonly retries: number
}

/** Something a claim did with the stock. `at`: milliseconds since 1970, with fractions; `stock`: units. */
export interface Sight {
  readonly at: number
  readonly who: string
  readonly what: string
  readonly claimId: string
  readonly stock?: number
}

const ANSWER_MS = 10_000

/** Throws when inventory does not answer. */
export async function askWitness(origin: string, internalKey: string, saleId: string): Promise<Testimony> {
  const answer = await fetch(`${origin}/internal/sales/${saleId}/witness`, {
    headers: { authorization: `Bearer ${internalKey}` },
    signal: AbortSignal.timeout(ANSWER_MS),
  })
  if (!answer.ok) throw new Error(`the witness answers ${answer.status}`)
  return (await answer.json()) as Testimony
}
