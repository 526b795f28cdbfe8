import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A checker of histories that says these words and then nothing more, until it is ended. */
export async function withSlowChecker(words: string, use: (file: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'checker-'))
  const file = join(folder, 'slow.mjs')
  const script = `process.stdout.write(${JSON.stringify(words)}); setInterval(() => undefined, 1000)`
  writeFileSync(file, `#!${process.execPath}\n${script}`)
  chmodSync(file, 0o755)
  try {
    await use(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
