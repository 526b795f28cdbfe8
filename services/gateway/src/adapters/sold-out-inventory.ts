import type { Shelf, Winners } from '@stampede/contracts/claims'
import type { Peer } from '@stampede/kit/peer'
import type { SoldOut } from '../domain/ports.ts'
import type { Flag, SoldOutFlags } from '../domain/sold-out-flags.ts'

const CONFIRM_MS = 250
const WINNERS_MS = 1_000
const SHELVES_MS = 600
/** Sales in one question. */
const SHELVES_MAX = 200

export interface OpenSoldOut extends SoldOut {
  close(): void
}

/**
 * Keeps the flags true: looks at the winners when an attempt came too late, and asks four times a second
 * whether it still holds.
 */
export function openSoldOut(inventory: Peer, flags: SoldOutFlags): OpenSoldOut {
  async function lookAtWinners(saleId: string): Promise<void> {
    const look = flags.suspect(saleId, performance.now())
    if (!look) return
    const path = `/internal/sales/${saleId}/winners`
    const answer = await inventory.ask<Winners>({ method: 'GET', path, budgetMs: WINNERS_MS })
    flags.settle(look, answer.ok && answer.status === 200 ? answer.body : undefined, performance.now())
  }

  async function confirm(asked: readonly Flag[]): Promise<void> {
    const askedAt = performance.now()
    const body = { saleIds: asked.map((flag) => flag.saleId) }
    const answer = await inventory.ask<{ shelves: Shelf[] }>({
      method: 'POST',
      path: '/internal/shelves',
      body,
      budgetMs: SHELVES_MS,
    })
    if (!answer.ok || answer.status !== 200) return
    for (const saleId of flags.confirm(asked, answer.body.shelves, askedAt)) void lookAtWinners(saleId)
  }

  let confirming = false
  async function confirmAll(): Promise<void> {
    if (confirming) return
    confirming = true
    const due = flags.due(performance.now())
    const parts = Array.from({ length: Math.ceil(due.length / SHELVES_MAX) }, (_, i) =>
      due.slice(i * SHELVES_MAX, (i + 1) * SHELVES_MAX),
    )
    await Promise.all(parts.map(confirm))
    confirming = false
  }

  const timer = setInterval(confirmAll, CONFIRM_MS)
  return {
    hear({ saleId, keyPrint }, placing) {
      if ('placed' in placing) flags.won(saleId, keyPrint)
      else if ('refused' in placing && placing.refused === 'sold-out') void lookAtWinners(saleId)
    },
    close: () => clearInterval(timer),
  }
}
