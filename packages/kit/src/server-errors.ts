import type { Socket } from 'node:net'
import { type FieldError, type Problem, type ProblemCode, problem } from '@stampede/contracts/problems'
import type {
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchemaValidationError,
} from 'fastify'
import { newTraceId } from './tracing/trace-id.ts'

declare module 'fastify' {
  interface FastifyReply {
    /** Ends the request with a problem document from the catalogue. `retryAfter` in seconds. */
    problem(code: ProblemCode, more?: ProblemExtras): FastifyReply
    /** The problem it was answered with. */
    told: ProblemCode | undefined
  }
}

export interface ProblemExtras extends Partial<Pick<Problem, 'detail' | 'errors'>> {
  readonly retryAfter?: number
}

const FIELD_ERRORS_MAX = 20

/** Fastify's own errors that are the client's doing; all else is ours. */
const CLIENT_ERRORS: Record<string, ProblemCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_request',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_request',
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid_request',
  FST_ERR_BAD_URL: 'not_found',
  FST_ERR_ASYNC_CONSTRAINT: 'invalid_request',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
}

export function answerErrors(app: FastifyInstance): void {
  app.decorateReply('told', undefined)
  app.decorateReply('problem', function (this: FastifyReply, code, more = {}) {
    this.told = code
    return sendProblem(this, problem(code, this.request.id, withoutRetry(more)), more.retryAfter)
  })
  app.setNotFoundHandler((_request, reply) => reply.problem('not_found'))
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error.validation) return reply.problem('invalid_request', { errors: fieldErrors(error) })
    const code = CLIENT_ERRORS[error.code] ?? (error.statusCode === 400 ? 'invalid_request' : undefined)
    if (code) return reply.problem(code, { detail: error.message })
    request.log.error({ err: error, traceId: request.id, route: request.routeOptions.url }, 'request failed')
    return reply.problem('internal')
  })
}

/**
 * Answers what matches no route because its path cannot be read; the usual handlers and hooks never see it.
 */
export function answerUnreadable(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const code = CLIENT_ERRORS[error.code] ?? 'invalid_request'
  void sendProblem(reply.header('x-trace-id', request.id), problem(code, request.id))
}

/**
 * Answers what never became a request: broken HTTP, too large headers, too slow senders. A connection on
 * which nothing came is closed without a word: a client that opened it ahead would take the word for the
 * answer to its first request.
 */
export function onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesRead === 0) {
    socket.destroy()
    return
  }
  const code: ProblemCode =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? 'request_timeout'
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? 'headers_too_large'
        : 'invalid_request'
  const document = problem(code, newTraceId())
  const body = JSON.stringify(document)
  socket.end(
    `HTTP/1.1 ${document.status} ${code}\r\nconnection: close\r\ncontent-type: application/problem+json\r\n` +
      `x-trace-id: ${document.traceId}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

function withoutRetry({
  retryAfter: _retryAfter,
  ...more
}: ProblemExtras): Omit<ProblemExtras, 'retryAfter'> {
  return more
}

function sendProblem(reply: FastifyReply, document: Problem, retryAfter?: number): FastifyReply {
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter))
  return reply
    .code(document.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .serializer(JSON.stringify as (payload: unknown) => string)
    .send(document)
}

function fieldErrors(error: FastifyError): FieldError[] {
  const where = { body: '', querystring: 'query', params: 'path', headers: 'header' }[
    error.validationContext ?? 'body'
  ]
  return (error.validation ?? []).slice(0, FIELD_ERRORS_MAX).map((each) => ({
    path: `${where}${fieldPath(each)}`,
    message: each.message ?? 'is not valid',
  }))
}

function fieldPath({ instancePath, params }: FastifySchemaValidationError): string {
  const field = params['additionalProperty'] ?? params['missingProperty']
  return typeof field === 'string' ? `${instancePath}/${field.slice(0, 64)}` : instancePath || '/'
}
