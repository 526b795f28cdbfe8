import { styleText } from 'node:util'
import type { CrowdProgress } from './crowd-words.ts'
import { formatCount } from './format.ts'

/**
 * Tells a waiting person what goes on: one line that is
 * rewritten on a terminal, a line now and then elsewhere.
 */
export interface Progress {
  show(progress: CrowdProgress): void
  /** A stage of the demo that has no numbers. */
  say(text: string): void
  end(): void
}

const LINE_EVERY_MS = 1500
const BAR_CELLS = 20
const WIDTH_MAX = 79
const PHASES = { 'warm-up': 'warming up', rush: 'rush', later: 'later', done: 'done' } as const

export function openProgress(attempts: number, out: NodeJS.WriteStream = process.stdout): Progress {
  const live = out.isTTY === true
  let shownAt = Number.NEGATIVE_INFINITY

  function write(line: string): void {
    const cut = line.slice(0, WIDTH_MAX)
    out.write(live ? `\r\u001b[2K${cut}` : `${cut}\n`)
  }

  return {
    show(progress) {
      if (!live && progress.phase !== 'done' && performance.now() - shownAt < LINE_EVERY_MS) return
      shownAt = performance.now()
      write(drawLine(progress, attempts))
    },
    say(text) {
      if (live) out.write(`\r\u001b[2K${styleText('gray', text.slice(0, WIDTH_MAX))}`)
      else write(text)
    },
    end() {
      if (live) out.write('\r\u001b[2K')
    },
  }
}

function drawLine({ phase, attempts: done, won, refused }: CrowdProgress, attempts: number): string {
  const cells = Math.floor((done / attempts) * BAR_CELLS)
  const bar = `${'█'.repeat(cells)}${'░'.repeat(BAR_CELLS - cells)}`
  const figures = `${formatCount(done)} attempts  ${formatCount(won)} orders  ${formatCount(refused)} refused`
  return `${bar} ${figures}  ${PHASES[phase]}`
}
