import type { Journal } from '../../demo/journal.ts'
import { drawInteger, type Random } from '../../generator/random.ts'
import type { Stalls } from './stalls.ts'
import type { Wire } from './wire.ts'

export interface Looking {
  readonly wire: Wire
  readonly journal: Journal
  readonly random: Random
  readonly stalls: Stalls
}

const EVERY_MS = 200

/** Some look at the sales that are up, as anybody may. Answers with what stops them. */
export function startLooking({ wire, journal, random, stalls }: Looking): () => void {
  async function look(): Promise<void> {
    const { saleId } = stalls.at(drawInteger(random, stalls.count))
    const sentAt = Date.now()
    const told = journal.begin({ entry: 'look', saleId, sentAt })
    const reply = await wire.send(drawInteger(random, wire.gateways), {
      method: 'GET',
      path: `/api/sales/${saleId}`,
    })
    told({ tookMs: Date.now() - sentAt, ...reply })
  }
  const timer = setInterval(() => void look(), EVERY_MS)
  return () => clearInterval(timer)
}
