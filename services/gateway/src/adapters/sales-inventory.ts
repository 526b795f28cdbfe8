import type { Sale, SaleState } from '@stampede/contracts/sales'
import type { Answer, Peer } from '@stampede/kit/peer'
import { LRUCache } from 'lru-cache'

/** How old an answer about a sale may be. A countdown page asks far more often than anything changes. */
const FRESH_MS = 200
const KEPT_MAX = 1_000
const ASK_MS = 2_000

interface SaleList {
  readonly sales: readonly Sale[]
}

interface Seen<B> {
  readonly answer: Answer<B>
  readonly seenAt: number
}

interface Kept {
  readonly askedAt: number
  readonly seen: Promise<Seen<unknown>>
}

/**
 * Reads sales from the inventory, those who ask together
 * with one question. `serverTime` goes on in what is kept.
 */
export function openSalesReader(inventory: Peer) {
  const kept = new LRUCache<string, Kept>({ max: KEPT_MAX })

  async function ask(path: string, traceId: string): Promise<Seen<unknown>> {
    const answer = await inventory.ask({ method: 'GET', path, budgetMs: ASK_MS, traceId })
    if (!answer.ok) kept.delete(path)
    return { answer, seenAt: performance.now() }
  }

  function read<B>(path: string, traceId: string): Promise<Seen<B>> {
    let entry = kept.get(path)
    if (!entry || entry.askedAt + FRESH_MS <= performance.now()) {
      entry = { askedAt: performance.now(), seen: ask(path, traceId) }
      kept.set(path, entry)
    }
    return entry.seen as Promise<Seen<B>>
  }

  return {
    async one(saleId: string, traceId: string): Promise<Answer<Sale>> {
      const { answer, seenAt } = await read<Sale>(`/internal/sales/${saleId}`, traceId)
      return answer.ok && answer.status === 200 ? { ...answer, body: goOn(answer.body, seenAt) } : answer
    },
    /** All sales, or those in one state. */
    async list(state: SaleState | undefined, traceId: string): Promise<Answer<SaleList>> {
      const { answer, seenAt } = await read<SaleList>('/internal/sales', traceId)
      if (!answer.ok || answer.status !== 200) return answer
      const asked = answer.body.sales.filter((sale) => state === undefined || sale.state === state)
      return { ...answer, body: { sales: asked.map((sale) => goOn(sale, seenAt)) } }
    },
    /** After a change that went through here, readers here see it at once. */
    forget: () => kept.clear(),
  }
}

function goOn(sale: Sale, seenAt: number): Sale {
  const serverTime = new Date(Date.parse(sale.serverTime) + performance.now() - seenAt).toISOString()
  return { ...sale, serverTime }
}
