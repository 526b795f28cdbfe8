import { styleText } from 'node:util'

/** Tells a waiting person which row is at work. */
export interface Progress {
  say(done: number, what: string): void
  end(): void
}

const CELLS = 20
const COLUMNS_MAX = 79

/** One line that is rewritten on a terminal; a line for each row elsewhere. */
export function openProgress(total: number, out: NodeJS.WriteStream = process.stdout): Progress {
  const live = out.isTTY === true
  const startedAt = performance.now()
  return {
    say(done, what) {
      const full = Math.floor((done / total) * CELLS)
      const seconds = Math.round((performance.now() - startedAt) / 1000)
      const line = `${'█'.repeat(full)}${'░'.repeat(CELLS - full)} ${done}/${total}  ${seconds} s  ${what}`
      const text = line.slice(0, COLUMNS_MAX)
      out.write(live ? `\r\u001b[2K${styleText('gray', text)}` : `${text}\n`)
    },
    end() {
      if (live) out.write('\r\u001b[2K')
    },
  }
}
