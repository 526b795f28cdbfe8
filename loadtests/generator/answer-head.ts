export class AnswerSyntaxError extends Error {}

/** How the end of a body is found; a number is its length in bytes. */
export type BodyKind = number | 'chunked' | 'to-end'

export interface AnswerHead {
  readonly status: number
  /** Status line and headers, without the empty line. */
  readonly head: Buffer
  /** The server closes the connection after this answer. */
  readonly last: boolean
  readonly kind: BodyKind
}

export const CR_LF = Buffer.from('\r\n')

/** Reads a head that is complete. Throws `AnswerSyntaxError` for what is not HTTP/1.1. */
export function readHead(head: Buffer): AnswerHead {
  // "HTTP/1.1 200 …"
  const status = head.toString('latin1', 0, 9) === 'HTTP/1.1 ' ? readDecimal(head, 9, 12) : -1
  if (status < 100) throw new AnswerSyntaxError(`not an HTTP/1.1 answer: ${head.toString('latin1', 0, 40)}`)
  let kind: BodyKind = 'to-end'
  let last = false
  for (let at = head.indexOf(CR_LF); at !== -1; ) {
    const start = at + CR_LF.length
    const next = head.indexOf(CR_LF, start)
    const end = next === -1 ? head.length : next
    // Only three headers matter here, and all begin with c or t.
    const letter = (head[start] ?? 0) | 0x20
    if (letter === 0x63 || letter === 0x74) {
      const line = head.toString('latin1', start, end).toLowerCase()
      if (line.startsWith('content-length:') && kind !== 'chunked') kind = readDecimal(head, start + 15, end)
      else if (line.startsWith('transfer-encoding:') && line.endsWith('chunked')) kind = 'chunked'
      else if (line.startsWith('connection:') && line.endsWith('close')) last = true
    }
    at = next
  }
  if (status < 200 || status === 204 || status === 304) kind = 0
  if (kind === -1) throw new AnswerSyntaxError('content-length is not a number')
  return { status, head, last: last || kind === 'to-end', kind }
}

/** The size before a chunk, without its extensions. */
export function readChunkSize(line: string): number {
  const size = line.split(';', 1)[0]?.trim() ?? ''
  if (!/^[0-9a-fA-F]{1,8}$/.test(size)) throw new AnswerSyntaxError(`not a chunk size: ${line.slice(0, 20)}`)
  return Number.parseInt(size, 16)
}

/** The number written in decimal digits, spaces around it allowed; -1 when it is none. */
function readDecimal(bytes: Buffer, from: number, to: number): number {
  const text = bytes.toString('latin1', from, to).trim()
  return /^\d{1,15}$/.test(text) ? Number(text) : -1
}
