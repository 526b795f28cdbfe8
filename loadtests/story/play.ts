import { fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { CrowdOrder, CrowdWord, Journal } from './journal.ts'

const CROWD = resolve(import.meta.dirname, 'crowd.ts')
const LIMIT_MS = 120_000

/**
 * Lets the buyers of one sale loose, in a process of their own. `begin` runs when all are connected, and the
 * first attempt leaves when it returns. Rejects when that process fails or takes longer than two minutes.
 */
export async function playBuyers(order: CrowdOrder, begin: () => void): Promise<Journal> {
  const crowd = fork(CROWD)
  const limit = setTimeout(() => crowd.kill('SIGKILL'), LIMIT_MS)
  try {
    return await new Promise<Journal>((done, failed) => {
      crowd.on('message', (word: CrowdWord) => {
        if ('journal' in word) {
          done(word.journal)
          return
        }
        begin()
        crowd.send('go')
      })
      crowd.once('error', failed)
      crowd.once('exit', (code, signal) => failed(new Error(`the buyers ended early (${signal ?? code})`)))
      crowd.send(order)
    })
  } finally {
    clearTimeout(limit)
    if (crowd.connected) {
      const gone = once(crowd, 'exit')
      crowd.disconnect()
      await gone
    }
  }
}
