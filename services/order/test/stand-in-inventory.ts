import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Claim, ClaimBatch, Verdict, Wish } from '@stampede/contracts/claims'

/** An order whose units are wanted again, with its version. */
export type Revival = Pick<Claim, 'claimId' | 'saleId' | 'userId' | 'quantity'> & { readonly version: number }

export type Decide = (claim: Claim) => Verdict

/** Inventory as far as this service sees it: gives verdicts and remembers what won. */
export interface StandInInventory {
  readonly url: string
  /** Claims asked about, one entry for each time. */
  readonly asked: string[]
  /** What it answers about queued claims: by the user's id, a space and the claim's. */
  readonly wishes: Map<string, Wish>
  /** Replaced by tests that want another answer; null leaves every request without one. */
  decide: Decide | null
  /**
   * Whether an order that had expired gets its units again, null being: ask again later. Itself null, it
   * leaves the question without an answer.
   */
  revive: ((claim: Revival) => boolean | null) | null
  /** The orders of each question about expired ones. */
  readonly revivals: string[][]
  close(): Promise<void>
}

export interface Terms {
  readonly windowMs?: number
  readonly unitPriceCents?: number
}

export async function openStandInInventory(terms: Terms = {}): Promise<StandInInventory> {
  const won = new Map<string, Verdict>()
  const server = createServer((request, response) => {
    if (request.method === 'GET') {
      if (!inventory.decide) return
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://inventory')
      const wish = inventory.wishes.get(`${searchParams.get('userId')} ${pathname.split('/').at(-1)}`)
      response.statusCode = wish ? 200 : 404
      return void response.end(JSON.stringify(wish ?? {}))
    }
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString())
      if (request.url === '/internal/claims/revive') answerRevival(body, response)
      else answer(body as ClaimBatch, response)
    })
  })

  function answerRevival({ claims }: { claims: Revival[] }, response: ServerResponse): void {
    const { revive } = inventory
    if (!revive) return
    inventory.revivals.push(claims.map(({ claimId }) => claimId))
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ held: claims.map(revive) }))
  }

  function answer({ claims }: ClaimBatch, response: ServerResponse): void {
    const { decide } = inventory
    if (!decide) return
    for (const { claimId } of claims) inventory.asked.push(claimId)
    const results = claims.map(decide)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ results }))
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const inventory: StandInInventory = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    wishes: new Map(),
    revive: () => false,
    revivals: [],
    decide(claim) {
      const verdict = won.get(claim.claimId) ?? { won: reserve(claim, terms) }
      won.set(claim.claimId, verdict)
      return verdict
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return inventory
}

/** What the ledger would have committed for a claim. */
export function reserve(claim: Claim, { windowMs = 900_000, unitPriceCents = 1999 }: Terms = {}) {
  const reservedMs = Date.now()
  const { claimId, saleId, userId, quantity, traceId } = claim
  return {
    claimId,
    saleId,
    userId,
    quantity,
    traceId,
    unitPriceCents,
    currency: 'EUR',
    reservedAt: new Date(reservedMs).toISOString(),
    expiresAt: new Date(reservedMs + windowMs).toISOString(),
  }
}
