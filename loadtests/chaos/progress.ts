/** What there is to tell while it runs. */
export interface Moment {
  readonly elapsedMs: number
  readonly lastsMs: number
  readonly begun: number
  readonly planned: number
  /** Orders acknowledged so far. */
  readonly acknowledged: number
  readonly broken: readonly string[]
}

export interface Progress {
  say(text: string): void
  end(): void
}

const EVERY_MS = { live: 500, lines: 10_000 } as const
const WIDTH_MAX = 79

/** One line that is rewritten on a terminal, a line now and then elsewhere. */
export function openProgress(look: () => Moment, out: NodeJS.WriteStream = process.stdout): Progress {
  const live = out.isTTY === true
  let before = look()
  const write = (line: string) => {
    const cut = line.slice(0, WIDTH_MAX)
    out.write(live ? `\r\u001b[2K${cut}` : `${cut}\n`)
  }
  const show = () => {
    const now = look()
    write(drawLine(now, before))
    before = now
  }
  const timer = setInterval(show, live ? EVERY_MS.live : EVERY_MS.lines)
  return {
    say: write,
    end() {
      clearInterval(timer)
      if (live) out.write('\r\u001b[2K')
    },
  }
}

function drawLine(now: Moment, before: Moment): string {
  const seconds = Math.max(0.001, (now.elapsedMs - before.elapsedMs) / 1000)
  const ackRate = Math.round((now.acknowledged - before.acknowledged) / seconds)
  const time = `${clock(now.elapsedMs)}/${clock(now.lastsMs)}`
  const broken = now.broken.length > 0 ? now.broken.join(' ') : 'nothing is broken'
  return `${time}  ${now.begun}/${now.planned} faults  ${ackRate} orders/s  ${broken}`
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
