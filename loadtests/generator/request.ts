import type { Target } from './loopback.ts'

/** All parts are latin1: one character, one byte. */
export interface RequestParts {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A request as it goes over the wire, ready to be written as latin1. */
export function buildRequest(target: Target, { method, path, headers = {}, body }: RequestParts): string {
  const host = target.host.includes(':') ? `[${target.host}]` : target.host
  const lines = [`${method} ${path} HTTP/1.1`, `host: ${host}:${target.port}`]
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
  if (body !== undefined) lines.push('content-type: application/json', `content-length: ${body.length}`)
  return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`
}
