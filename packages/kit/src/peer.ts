import type { Hop } from '@stampede/contracts/telemetry'
import { Pool } from 'undici'
import { traceparentOf } from './tracing/span-id.ts'

/** What came back from another service. Answers below 500, but 408, are `ok`: the caller reads the status. */
export type Answer<B> =
  | { readonly ok: true; readonly status: number; readonly body: B }
  /** `overloaded`: it is there, but turned this away at once (503 `overloaded`), so nothing was done. */
  | { readonly ok: false; readonly why: 'unavailable' | 'deadline'; readonly overloaded?: boolean }

export interface Ask {
  readonly method: 'GET' | 'POST' | 'PATCH'
  readonly path: string
  readonly body?: unknown
  /** Milliseconds until the caller has no use for an answer. */
  readonly budgetMs: number
  /** Of the hop that asks. */
  readonly traceId?: string
}

export interface Peer {
  /** Never rejects. Beyond `asksMax` nobody is asked. */
  ask<B>(ask: Ask): Promise<Answer<B>>
  /** Asks every origin, whatever is under way; one answer of each, in their order. Never rejects. */
  askEach<B>(ask: Ask): Promise<Answer<B>[]>
  close(): Promise<void>
}

export interface PeerOptions {
  /** `http://host:port`, one per instance, comma separated; asked in turn. */
  readonly origins: string
  readonly internalKey: string
  /** Who asks; without it no trace is passed on. */
  readonly hop?: Hop
  /** Connections to each origin; default 16. */
  readonly connections?: number
  /**
   * Most asks under way, those that wait for a connection among them; beyond it they are `overloaded` at
   * once. Default: as many as come.
   */
  readonly asksMax?: number
}

/** An origin that gave no answer is left alone for so long, while another one is there to ask. */
const REST_MS = 1_000

interface Origin {
  readonly pool: Pool
  restsUntil: number
}

/**
 * A client for one other service: keep-alive connections, fixed origins, every wait bounded. No retries here.
 */
export function openPeer({ origins, internalKey, connections = 16, ...limits }: PeerOptions): Peer {
  const { asksMax = Number.POSITIVE_INFINITY, hop } = limits
  const options = { connections, connect: { timeout: 1_000 }, keepAliveTimeout: 20_000 }
  const all = origins.split(',').map((origin): Origin => ({ pool: new Pool(origin, options), restsUntil: 0 }))
  let turn = 0
  let underWay = 0

  /** In turn, passing over those at rest; if all are, in turn as ever. */
  function pick(): Origin {
    const now = performance.now()
    for (let i = 0; i < all.length; i++) {
      const origin = all[turn++ % all.length] as Origin
      if (origin.restsUntil <= now) return origin
    }
    return all[turn++ % all.length] as Origin
  }

  async function send<B>(origin: Origin, { method, path, body, budgetMs, traceId }: Ask): Promise<Answer<B>> {
    const headers: Record<string, string> = { authorization: `Bearer ${internalKey}` }
    if (traceId && hop) headers['traceparent'] = traceparentOf(traceId, hop)
    if (body !== undefined) headers['content-type'] = 'application/json'
    try {
      const signal = AbortSignal.timeout(Math.max(1, Math.ceil(budgetMs)))
      const sent = body === undefined ? null : JSON.stringify(body)
      const answer = await origin.pool.request({ method, path, headers, body: sent, signal })
      const text = await answer.body.text()
      if (isFailure(answer.statusCode)) return failure(answer.statusCode, text)
      return { ok: true, status: answer.statusCode, body: text === '' ? undefined : JSON.parse(text) }
    } catch (error) {
      origin.restsUntil = performance.now() + REST_MS
      return { ok: false, why: (error as Error).name === 'TimeoutError' ? 'deadline' : 'unavailable' }
    }
  }

  return {
    async ask(ask) {
      if (underWay >= asksMax) return { ok: false, why: 'unavailable', overloaded: true }
      underWay++
      try {
        return await send(pick(), ask)
      } finally {
        underWay--
      }
    },
    askEach: <B>(ask: Ask) => Promise.all(all.map((origin) => send<B>(origin, ask))),
    async close() {
      await Promise.all(all.map(({ pool }) => pool.close()))
    },
  }
}

/** A 408 speaks of the connection between the two of us, not of what our caller wants. */
function isFailure(status: number): boolean {
  return status >= 500 || status === 408
}

function failure(status: number, text: string): Answer<never> {
  if (status === 504) return { ok: false, why: 'deadline' }
  return { ok: false, why: 'unavailable', overloaded: status === 503 && text.includes('"code":"overloaded"') }
}
