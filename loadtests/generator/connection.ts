import { connect, type Socket } from 'node:net'
import { type Answer, AnswerParser } from './answer-parser.ts'
import type { Target } from './loopback.ts'

/**
 * Why there is no answer. `closed`: the server hung up;
 * `abandoned`: the time-out passed and this side hung up.
 */
export type Failure = 'unreachable' | 'closed' | 'abandoned' | 'garbled'
export type Outcome = Answer | { readonly failure: Failure }

export interface Sending {
  /** Head and body, one byte for each character. */
  readonly request: string
  readonly timeoutMs: number
  /** Called once, never before `send` returns. */
  readonly done: (outcome: Outcome) => void
}

/**
 * All connections read into this: each read is consumed before the next begins, and no stream stands between.
 */
const READS = Buffer.alloc(256 * 1024)

/**
 * One keep-alive connection with at most one request on its way; opened when needed and again after a loss.
 */
export class Connection {
  readonly #target: Target
  #socket: Socket | undefined
  #done: Sending['done'] | undefined
  #lateAt = 0

  constructor(target: Target) {
    this.#target = target
  }

  /** Opens it now, so that the first request does not pay for that. Never rejects. */
  async open(): Promise<void> {
    if (this.#socket) return
    const socket = this.#dial()
    this.#socket = socket
    await new Promise<void>((settled) => {
      socket.once('connect', () => settled())
      socket.once('close', () => settled())
    })
  }

  send({ request, timeoutMs, done }: Sending): void {
    if (this.#done) throw new Error('a request is on its way already')
    this.#done = done
    this.#lateAt = performance.now() + timeoutMs
    this.#socket ??= this.#dial()
    this.#socket.write(request, 'latin1')
  }

  /** Hangs up on a request whose time-out has passed at `now` (ms of `performance.now()`). */
  abandonLate(now: number): void {
    if (this.#done && this.#socket && now > this.#lateAt) this.#lose(this.#socket, 'abandoned')
  }

  close(): void {
    this.#done = undefined
    this.#socket?.destroy()
    this.#socket = undefined
  }

  #dial(): Socket {
    let isConnected = false
    const parser = new AnswerParser((answer) => {
      if (answer.last) this.#hangUp()
      this.#finish(answer)
    })
    const callback = (bytes: number): boolean => {
      try {
        parser.push(READS.subarray(0, bytes))
      } catch {
        this.#lose(socket, 'garbled')
      }
      return true
    }
    const socket = connect({ ...this.#target, noDelay: true, onread: { buffer: READS, callback } })
    socket.once('connect', () => {
      isConnected = true
    })
    socket.on('end', () => parser.end())
    socket.on('error', () => this.#lose(socket, isConnected ? 'closed' : 'unreachable'))
    socket.on('close', () => this.#lose(socket, 'closed'))
    return socket
  }

  /** Nothing happens for a socket that was given up before. */
  #lose(socket: Socket, failure: Failure): void {
    if (socket !== this.#socket) return
    this.#hangUp()
    this.#finish({ failure })
  }

  #hangUp(): void {
    this.#socket?.destroy()
    this.#socket = undefined
  }

  #finish(outcome: Outcome): void {
    const done = this.#done
    this.#done = undefined
    done?.(outcome)
  }
}
