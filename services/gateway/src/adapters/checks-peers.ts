import type { Peer } from '@stampede/kit/peer'
import type { Checks } from '@stampede/kit/server'

const ASK_MS = 500
const KEPT_MS = 1_000

/** Whether each peer answers at all, asked at most once a second however many probes come. */
export function checkPeers(peers: Readonly<Record<string, Peer>>): () => Promise<Checks> {
  let askedAt = Number.NEGATIVE_INFINITY
  let last: Promise<Checks> | undefined

  async function ask(): Promise<Checks> {
    const entries = Object.entries(peers).map(async ([name, peer]) => {
      const answer = await peer.ask({ method: 'GET', path: '/health/live', budgetMs: ASK_MS })
      return [name, answer.ok ? 'ok' : answer.why] as const
    })
    return Object.fromEntries(await Promise.all(entries))
  }

  return () => {
    const now = performance.now()
    if (!last || askedAt + KEPT_MS <= now) {
      askedAt = now
      last = ask()
    }
    return last
  }
}
