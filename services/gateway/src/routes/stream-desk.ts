import type { Answer } from '@stampede/kit/peer'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Listener } from '../domain/feed.ts'
import type { Following } from '../domain/ports.ts'
import { type SeatLimits, Seats } from '../domain/seats.ts'
import { type EventStream, openEventStream, STREAM_HEADERS } from './event-stream.ts'
import { answerWith } from './pass-on.ts'

/** However good the token: connections that never end would never move to a new gateway. */
const AGE_MS = 15 * 60_000
/** Longer than any id of ours. */
const ID_MAX = 64
const RETRY_FULL_SECONDS = 5
const RETRY_BEYOND_SECONDS = 10

export interface StreamLimits extends SeatLimits {
  readonly beatMs: number
}

export interface StreamWish {
  /** Whose streams are counted together. */
  readonly holder: string
  readonly event: string
  /** In milliseconds since 1970; streams end earlier than that as well. */
  readonly endsAt?: number
  follow(tell: Listener): Following<Answer<unknown>>
}

export type Attend = (request: FastifyRequest, reply: FastifyReply, wish: StreamWish) => Promise<FastifyReply>

/** Opens streams while there are places, and ends them all before the server closes. */
export function openDesk(app: FastifyInstance, { beatMs, ...limits }: StreamLimits): Attend {
  const seats = new Seats(limits)
  const open = new Set<EventStream>()
  let closing = false
  app.addHook('preClose', (done) => {
    closing = true
    for (const stream of open) stream.end()
    done()
  })

  return async (request, reply, { holder, event, endsAt = Number.POSITIVE_INFINITY, follow }) => {
    const seat = seats.take(holder)
    if (seat === 'full') return reply.problem('overloaded', { retryAfter: RETRY_FULL_SECONDS })
    if (seat === 'beyond') return reply.problem('quota_exceeded', { retryAfter: RETRY_BEYOND_SECONDS })
    let stream: EventStream | undefined
    // It listens before it looks, so that nothing falls in between.
    const following = follow((snapshot) => stream?.tell(snapshot))
    const leave = () => {
      following.leave()
      seats.giveBack(holder)
      if (stream) open.delete(stream)
    }
    const look = await following.look()
    if ('failed' in look || closing || request.method === 'HEAD') {
      leave()
      if ('failed' in look) return answerWith(reply, look.failed)
      if (closing) return reply.problem('unavailable', { retryAfter: 1 })
      return reply.headers(STREAM_HEADERS).send()
    }
    if (reply.raw.closed) {
      leave()
      return reply.handOver()
    }
    const lastId = request.headers['last-event-id']
    stream = openEventStream(reply, {
      event,
      lastId: typeof lastId === 'string' && lastId.length <= ID_MAX ? lastId : undefined,
      beatMs,
      endsInMs: Math.min(AGE_MS, endsAt - Date.now()),
      onClose: leave,
    })
    open.add(stream)
    stream.tell(look.seen)
    return reply
  }
}
