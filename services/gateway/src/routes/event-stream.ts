import type { FastifyReply } from 'fastify'
import type { Snapshot } from '../domain/feed.ts'

/** A client that takes so few bytes that more than these wait for it is let go; it may come back. */
const WAITING_MAX = 64 * 1024
/** For a client to take the last bytes of a stream that ends. */
const FAREWELL_MS = 500
const RETRY_MS = 2_000

export const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
  // A stream is the last thing on its connection: a server that closes need not wait for another request.
  connection: 'close',
} as const

export interface StreamOptions {
  /** The name of its events. */
  readonly event: string
  /** What the client saw last, if it was here before. */
  readonly lastId: string | undefined
  readonly beatMs: number
  /** When it ends by itself, in milliseconds from now. */
  readonly endsInMs: number
  /** Called once, however it ended. */
  readonly onClose: () => void
}

export interface EventStream {
  /** Sends it, unless it is what the client saw last. */
  tell(snapshot: Snapshot): void
  end(): void
}

/**
 * Turns a reply, whose client is still there, into a stream of Server-Sent Events. Nothing is kept for a
 * client here but what the kernel did not take yet, and of that little.
 */
export function openEventStream(reply: FastifyReply, options: StreamOptions): EventStream {
  const { event, beatMs, endsInMs, onClose } = options
  const { raw } = reply.handOver()
  let { lastId } = options
  let farewell: NodeJS.Timeout | undefined

  function send(text: string): void {
    if (raw.writableEnded || raw.destroyed) return
    raw.write(text)
    if (raw.writableLength > WAITING_MAX) raw.destroy()
  }

  function end(): void {
    if (raw.writableEnded || raw.destroyed) return
    raw.end()
    farewell = setTimeout(() => raw.destroy(), FAREWELL_MS)
  }

  const beat = setInterval(() => send(': beat\n\n'), beatMs)
  const life = setTimeout(end, endsInMs)
  raw.once('close', () => {
    clearInterval(beat)
    clearTimeout(life)
    clearTimeout(farewell)
    onClose()
  })
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value) raw.setHeader(name, value)
  raw.writeHead(200, STREAM_HEADERS)
  send(`retry: ${RETRY_MS}\n\n`)
  return {
    tell({ id, text }) {
      if (id === lastId) return
      lastId = id
      send(`event: ${event}\nid: ${id}\ndata: ${text}\n\n`)
    },
    end,
  }
}
