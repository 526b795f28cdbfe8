import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { AnswerParser } from '@stampede/loadtests/generator/answer-parser'
import type { Target } from '@stampede/loadtests/generator/loopback'
import { readHeaders, type WireAnswer } from './ask.ts'

/** What is written onto a bare connection, bit by bit: text as latin1, a pause, or the end of our side. */
export type Utterance = string | { readonly pauseMs: number } | 'end of our side'

export interface Talk {
  readonly answers: readonly WireAnswer[]
  /** How it ended: the server hung up, or nothing came for too long. */
  readonly end: 'closed' | 'open'
}

const LIMIT_MS = 12_000
/** Whoever has been answered and hears nothing for so long hears nothing any more. */
const QUIET_MS = 400

/**
 * Says it all, whatever comes back, and listens until the server hangs up or falls silent after an answer.
 */
export async function talk({ host, port }: Target, script: readonly Utterance[]): Promise<Talk> {
  const answers: WireAnswer[] = []
  let heardAt = performance.now()
  let closed = false
  const parser = new AnswerParser(({ status, head, body }) => {
    answers.push({ status, headers: readHeaders(head.toString('latin1')), text: body.toString() })
  })
  const socket = connect({ host, port, allowHalfOpen: true })
  socket.on('error', () => undefined)
  socket.on('close', () => {
    closed = true
  })
  socket.on('end', () => {
    parser.end()
    socket.end()
  })
  socket.on('data', (bytes) => {
    heardAt = performance.now()
    parser.push(bytes)
  })
  await once(socket, 'connect')
  for (const word of script) {
    if (word === 'end of our side') socket.end()
    else if (typeof word === 'string') socket.write(word, 'latin1')
    else await sleep(word.pauseMs)
  }
  const deadline = performance.now() + LIMIT_MS
  const isQuiet = () => answers.length > 0 && performance.now() - heardAt > QUIET_MS
  while (!closed && performance.now() < deadline && !isQuiet()) await sleep(20)
  socket.destroy()
  return { answers, end: closed ? 'closed' : 'open' }
}
