import { type AnswerHead, AnswerSyntaxError, CR_LF, readChunkSize, readHead } from './answer-head.ts'

/** A whole answer. `body` and `head` are only good until `onAnswer` returns: copy what you keep. */
export interface Answer {
  readonly status: number
  /** Status line and headers, without the empty line. */
  readonly head: Buffer
  readonly body: Buffer
  /** The server closes the connection after this answer. */
  readonly last: boolean
}

const HEAD_END = Buffer.from('\r\n\r\n')
const HEAD_BYTES_MAX = 64 * 1024
const EMPTY = Buffer.alloc(0)
/** The step cannot be taken with the bytes that are here. */
const WAIT = -1

/**
 * Reads HTTP/1.1 answers from chunks that may be cut at any byte. The usual answer arrives whole, in one
 * chunk, with a content-length: that way copies nothing.
 */
export class AnswerParser {
  readonly #onAnswer: (answer: Answer) => void
  #rest: Buffer = EMPTY
  #open: AnswerHead | undefined
  #pieces: Buffer[] = []
  #piecesBytes = 0

  constructor(onAnswer: (answer: Answer) => void) {
    this.#onAnswer = onAnswer
  }

  /**
   * Calls `onAnswer` for each answer that this chunk completes; keeps no part of the chunk, so it may be
   * reused. Throws `AnswerSyntaxError` for what is not HTTP/1.1.
   */
  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    while (at < bytes.length || this.#open?.kind === 0) {
      const next = this.#step(bytes, at)
      if (next === WAIT) break
      at = next
    }
    this.#rest = at < bytes.length ? Buffer.from(bytes.subarray(at)) : EMPTY
  }

  /** The connection ended: completes an answer whose body runs to the end. */
  end(): void {
    if (this.#open?.kind === 'to-end') this.#finish(this.#open, Buffer.concat(this.#pieces))
  }

  /** Takes one step through `bytes` from `at` and returns the new position. */
  #step(bytes: Buffer, at: number): number {
    const open = this.#open
    if (!open) return this.#stepHead(bytes, at)
    if (open.kind === 'chunked') return this.#stepChunk(open, bytes.subarray(at), at)
    if (open.kind === 'to-end') {
      this.#keep(bytes.subarray(at))
      return bytes.length
    }
    const missing = open.kind - this.#piecesBytes
    const piece = bytes.subarray(at, at + missing)
    if (piece.length < missing) this.#keep(piece)
    else this.#finish(open, this.#pieces.length === 0 ? piece : Buffer.concat([...this.#pieces, piece]))
    return at + piece.length
  }

  #stepHead(bytes: Buffer, at: number): number {
    const headEnd = bytes.indexOf(HEAD_END, at)
    if (headEnd === -1) {
      if (bytes.length - at > HEAD_BYTES_MAX) throw new AnswerSyntaxError('the head does not end')
      return WAIT
    }
    const bodyStart = headEnd + HEAD_END.length
    const head = readHead(bytes.subarray(at, headEnd))
    if (head.status < 200) return bodyStart
    const isWhole = typeof head.kind === 'number' && bodyStart + head.kind <= bytes.length
    this.#open = isWhole ? head : { ...head, head: Buffer.from(head.head) }
    return bodyStart
  }

  /** `bytes` begin with a chunk's size; `at` is their place in what `#step` was given. */
  #stepChunk(open: AnswerHead, bytes: Buffer, at: number): number {
    const lineEnd = bytes.indexOf(CR_LF)
    if (lineEnd === -1) return WAIT
    const size = readChunkSize(bytes.toString('latin1', 0, lineEnd))
    const start = lineEnd + CR_LF.length
    if (size > 0) {
      const end = start + size + CR_LF.length
      if (bytes.length < end) return WAIT
      this.#keep(bytes.subarray(start, start + size))
      return at + end
    }
    // After the last chunk comes an empty line, or trailers and then an empty line.
    const trailersEnd = bytes.indexOf(HEAD_END, lineEnd)
    if (trailersEnd === -1) return WAIT
    this.#finish(open, Buffer.concat(this.#pieces))
    return at + trailersEnd + HEAD_END.length
  }

  #keep(piece: Buffer): void {
    this.#pieces.push(Buffer.from(piece))
    this.#piecesBytes += piece.length
  }

  #finish({ status, head, last }: AnswerHead, body: Buffer): void {
    this.#open = undefined
    this.#pieces = []
    this.#piecesBytes = 0
    this.#onAnswer({ status, head, body, last })
  }
}
