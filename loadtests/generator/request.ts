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

/**
 * A request built in advance around a gap: `cut.before + value + cut.after`. Thousands of attempts of one
 * buyer then cost the generator one concatenation each.
 */
export function cutRequest(
  request: string,
  gap: string,
): { readonly before: string; readonly after: string } {
  const at = request.indexOf(gap)
  if (at === -1 || request.indexOf(gap, at + 1) !== -1)
    throw new Error(`the gap ${gap} must occur exactly once`)
  return { before: request.slice(0, at), after: request.slice(at + gap.length) }
}
