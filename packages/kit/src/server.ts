import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { availableParallelism } from 'node:os'
import type { ServiceName } from '@stampede/contracts/telemetry'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  LogController,
} from 'fastify'
import { AccessLog } from './access-log.ts'
import type { Log } from './log.ts'
import { countRequest } from './metrics/request-metrics.ts'
import { answerErrors, answerUnreadable, onClientError } from './server-errors.ts'
import { keepRequest } from './tracing/request-span.ts'
import { newTraceId, traceIdOf } from './tracing/trace-id.ts'

declare module 'fastify' {
  interface FastifyReply {
    /** Its raw reply belongs to somebody else now. */
    isHandedOver: boolean
    /**
     * Gives the raw reply away, to be a stream: it is in flight no more, and whoever took it ends it, before
     * the server closes.
     */
    handOver(): FastifyReply
  }
}

/** The status, for those who look on, of a request whose client left before its answer; as nginx has it. */
export const LEFT = 499

/** Names of what a service needs, and whether each can be used now. */
export type Checks = Readonly<Record<string, 'ok' | string>>

export interface ServerOptions {
  /** Whose server it is: the first word of its spans. */
  readonly service: ServiceName
  readonly log: Log
  /** Who tells of answered requests; default: of some, to `log`. */
  readonly access?: AccessLog
  /** The id of a request's trace; default: that of its `traceparent`, else a new one that is not kept. */
  readonly traceIdFor?: (request: IncomingMessage) => string
  /** Answers /health/ready: ready when every check says `ok`. Must be cheap and bounded. */
  readonly checks: () => Promise<Checks> | Checks
  /** Bytes; default 16 KiB. */
  readonly bodyMax?: number
  /** Milliseconds for a whole request to arrive; default 5,000. */
  readonly arriveMs?: number
  /** Most open connections; default 10,000. */
  readonly connectionsMax?: number
  /**
   * Addresses (CIDR) whose `x-forwarded-for` is believed;
   * default none. Never a number of hops: Fastify ignores it.
   */
  readonly trustProxy?: readonly string[]
  /** Sees each request before Fastify does; true when it has answered it. */
  readonly answerFirst?: (request: IncomingMessage, response: ServerResponse) => boolean
}

/** A Fastify server with the house's limits, strict input, problem documents and health routes. */
export function openServer(options: ServerOptions): FastifyInstance {
  const { log, answerFirst } = options
  const app = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    // One logger for all: a child per request is felt, and what we log names its trace anyway.
    childLoggerFactory: (logger) => logger,
    trustProxy: options.trustProxy ? [...options.trustProxy] : false,
    bodyLimit: options.bodyMax ?? 16 * 1024,
    requestTimeout: options.arriveMs ?? 5_000,
    connectionTimeout: 60_000,
    keepAliveTimeout: 30_000,
    // A missing host is refused below, with a document; Node's own refusal has none.
    http: {
      connectionsCheckingInterval: 1_000,
      headersTimeout: 5_000,
      maxHeaderSize: 16 * 1024,
      requireHostHeader: false,
    },
    routerOptions: { maxParamLength: 128 },
    forceCloseConnections: 'idle',
    // What still comes on an open connection is answered like the rest, and is the last there.
    return503OnClosing: false,
    genReqId: (options.traceIdFor ?? giveTraceId) as (request: unknown) => string,
    clientErrorHandler: onClientError,
    frameworkErrors: answerUnreadable,
    // Bad input is refused, never repaired: no coercion, no dropping of unknown fields.
    ajv: {
      customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: true, allErrors: true },
    },
  })
  app.server.maxConnections = options.connectionsMax ?? 10_000
  app.removeContentTypeParser('text/plain')
  if (answerFirst) goFirst(app, answerFirst)
  // Node would answer an odd Expect by itself, without a document.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
  answerErrors(app)
  countAndTrace(app, options)
  hangUpOnClose(app)
  return app
}

function giveTraceId({ headers }: IncomingMessage): string {
  return traceIdOf(headers['traceparent']) ?? newTraceId()
}

function isOdd(expect: string | undefined): boolean {
  return expect !== undefined && expect.toLowerCase() !== '100-continue'
}

function goFirst({ server }: FastifyInstance, answer: NonNullable<ServerOptions['answerFirst']>): void {
  const [handle] = server.listeners('request') as [RequestListener]
  server.removeListener('request', handle)
  server.on('request', (request, response) => {
    if (!answer(request, response)) handle(request, response)
  })
}

function countAndTrace(app: FastifyInstance, options: ServerOptions): void {
  const { service, checks, log, access = new AccessLog(log, 'some') } = options
  let inFlight = 0
  const leave = (reply: FastifyReply) => {
    inFlight--
    if (!reply.raw.writableFinished) reply.raw.statusCode = LEFT
    countRequest(service, reply)
    keepRequest(service, reply)
    access.hear(reply)
  }
  app.decorateReply('isHandedOver', false)
  app.decorateReply('handOver', function (this: FastifyReply) {
    this.isHandedOver = true
    // Who left before was counted then.
    if (!this.raw.closed) inFlight--
    return this.hijack()
  })
  app.addHook('onRequest', (request, reply, done) => {
    inFlight++
    // Not onResponse: that tells of answers only, and whoever gives up waiting leaves without one.
    reply.raw.once('close', () => {
      if (!reply.isHandedOver) leave(reply)
    })
    reply.header('x-trace-id', request.id)
    const { headers, httpVersion } = request.raw
    if ((headers.host !== undefined || httpVersion === '1.0') && !isOdd(headers.expect)) done()
    else reply.problem('invalid_request', { detail: 'needs one Host header, and no Expect but 100-continue' })
  })
  const vitals = () => ({
    inFlight: inFlight - 1,
    cpus: availableParallelism(),
    runtime: `node ${process.version}`,
  })
  app.get('/health/live', { schema: { hide: true } as object }, () => ({
    status: 'ok',
    ...vitals(),
    checks: {},
  }))
  app.get('/health/ready', { schema: { hide: true } as object }, async (_request, reply) => {
    const result = await checks()
    const ready = Object.values(result).every((check) => check === 'ok')
    return reply
      .code(ready ? 200 : 503)
      .send({ status: ready ? 'ok' : 'unready', ...vitals(), checks: result })
  })
}

/**
 * Connections kept alive would hold up a closing server
 * for half a minute: what it still answers is a farewell.
 */
function hangUpOnClose(app: FastifyInstance): void {
  let closing = false
  app.addHook('preClose', (done) => {
    closing = true
    done()
  })
  // biome-ignore lint/complexity/useMaxParams: Fastify asks for this form; a promise here would be felt
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close')
    done(null, payload)
  })
}

/**
 * Lets only our own services in: what lies below `rooms`, default
 * `/internal/`, needs the internal key.
 */
export function internalOnly(app: FastifyInstance, key: string, rooms = ['/internal/']): void {
  const wanted = Buffer.from(`Bearer ${key}`)
  app.addHook('onRequest', async (request, reply) => {
    // The matched route decides: the same route is also reached by `/%69nternal/` and by an absolute URL.
    const url = request.routeOptions.url ?? request.url
    if (!rooms.some((room) => url.startsWith(room))) return
    const given = Buffer.from(request.headers.authorization ?? '')
    if (given.length === wanted.length && timingSafeEqual(given, wanted)) return
    return reply.problem('unauthenticated')
  })
}
