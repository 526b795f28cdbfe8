import { fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { Hit, ShooterOrder, ShooterWord } from './shot.ts'

const SHOOTER = resolve(import.meta.dirname, 'shooter.ts')
const LIMIT_MS = 300_000

/**
 * Fires one shot from a process of its own. `begin` runs when all is warm and connected, and the first
 * counted attempt goes out when it returns; that is the moment to read counters.
 */
export async function shoot(order: ShooterOrder, begin: () => void): Promise<Hit> {
  const shooter = fork(SHOOTER)
  const limit = setTimeout(() => shooter.kill('SIGKILL'), LIMIT_MS)
  try {
    return await new Promise<Hit>((done, failed) => {
      shooter.on('message', (word: ShooterWord) => {
        if ('hit' in word) {
          done(word.hit)
          return
        }
        begin()
        shooter.send('go')
      })
      shooter.once('error', failed)
      shooter.once('exit', (code, signal) =>
        failed(new Error(`the generator ended early (${signal ?? code})`)),
      )
      shooter.send(order)
    })
  } finally {
    clearTimeout(limit)
    if (shooter.connected) {
      const gone = once(shooter, 'exit')
      shooter.disconnect()
      await gone
    }
  }
}
