import { close, closeSync, fdatasync, openSync, write } from 'node:fs'
import { promisify } from 'node:util'

/** Lines that reach the disk while nobody waits for them. */
export interface JournalFile {
  /** Throws what an earlier line could not be written for. */
  write(line: string): void
  close(): Promise<void>
}

/** A line is on the disk this much later, and the time one flush takes. */
const FLUSH_MS = 50
/** A disk that is so far behind will not catch up. */
const WAITING_CHARS_MAX = 64 * 1024 * 1024

const writeSome = promisify(write)
const sync = promisify(fdatasync)
const shut = promisify(close)

/** Begins the file anew. What was written before a crash of this process can be read up to the last flush. */
export function openJournalFile(path: string): JournalFile {
  const file = openSync(path, 'w')
  let lines: string[] = []
  let waiting = 0
  let failure: unknown
  let flushing: Promise<void> | undefined

  async function flush(): Promise<void> {
    const bytes = Buffer.from(`${lines.join('\n')}\n`)
    lines = []
    waiting = 0
    for (let done = 0; done < bytes.length; ) done += (await writeSome(file, bytes, done)).bytesWritten
    await sync(file)
  }

  function flushSoon(): void {
    if (flushing || lines.length === 0) return
    flushing = flush()
      .catch((error: unknown) => {
        failure ??= error
      })
      .finally(() => {
        flushing = undefined
      })
  }

  const timer = setInterval(flushSoon, FLUSH_MS)
  return {
    write(line) {
      if (failure) throw failure
      if (waiting > WAITING_CHARS_MAX) throw new Error(`the journal cannot be written as fast as it grows`)
      lines.push(line)
      waiting += line.length
    },
    async close() {
      clearInterval(timer)
      while (!failure && (flushing || lines.length > 0)) {
        flushSoon()
        await flushing
      }
      if (!failure) return shut(file)
      closeSync(file)
      throw failure
    },
  }
}
