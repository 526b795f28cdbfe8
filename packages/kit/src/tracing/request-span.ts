import type { Attributes, Link } from '@opentelemetry/api'
import { ATTRIBUTES, type ServiceName } from '@stampede/contracts/telemetry'
import type { FastifyReply } from 'fastify'
import { keepSpan, matters } from './spans.ts'
import { spanContextOf } from './trace-id.ts'
import { wallMs } from './wall-clock.ts'

/** Tells of a request that has been answered. */
export function keepRequest(service: ServiceName, reply: FastifyReply): void {
  const { request, statusCode, told, elapsedTime } = reply
  const hasFailed = statusCode >= 500
  if (!matters(request.id, elapsedTime, hasFailed)) return
  const route = request.routeOptions.url ?? 'unknown'
  const attributes: Attributes = {
    'http.request.method': request.method,
    'http.route': route,
    'http.response.status_code': statusCode,
  }
  if (told) attributes[ATTRIBUTES.problem] = told
  const endMs = wallMs()
  keepSpan(`${service} request`, request.id, {
    ...{ name: `${request.method} ${route}`, attributes, startMs: endMs - elapsedTime, endMs },
    links: linksOf(request.headers['traceparent'], request.id),
    failed: hasFailed ? (told ?? String(statusCode)) : undefined,
  })
}

/** A trace of the client's own is not gone on with, but named. */
function linksOf(traceparent: unknown, traceId: string): Link[] {
  const context = spanContextOf(traceparent)
  return context && context.traceId !== traceId ? [{ context }] : []
}
