import { openLog } from '../src/log.ts'

export type Line = Readonly<Record<string, unknown>>

/** A log whose lines a test looks at: as they were written, and as they are read. */
export function openHeardLog(level = 'info') {
  const texts: string[] = []
  return {
    log: openLog('test', level, { write: (text) => void texts.push(text) }),
    texts,
    lines: () => texts.map((text) => JSON.parse(text) as Line),
    linesOf: (traceId: string | null) =>
      texts.map((text) => JSON.parse(text) as Line).filter((line) => line['traceId'] === traceId),
  }
}
