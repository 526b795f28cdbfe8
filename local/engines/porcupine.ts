import { createHash } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Report } from '../part.ts'
import { ROOT } from '../profile.ts'
import { bringOnce, runCommand } from './bring.ts'
import { findOnPath } from './redis-binary.ts'

const SOURCE = resolve(ROOT, 'loadtests/chaos/histories/porcupine')

/** The checker of histories, built once for each version of its source; undefined when Go is not there. */
export async function findPorcupine(report: Report): Promise<string | undefined> {
  const go = findOnPath('go')
  if (!go) return undefined
  const hash = createHash('sha256')
  for (const name of readdirSync(SOURCE).toSorted()) hash.update(readFileSync(resolve(SOURCE, name)))
  const name = `porcupine-${hash.digest('hex').slice(0, 12)}`
  const folder = await bringOnce({
    ...{ name, report },
    async fill(draft) {
      const source = resolve(draft, 'source')
      cpSync(SOURCE, source, { recursive: true })
      const env = { ...process.env, GOFLAGS: '-mod=mod', CGO_ENABLED: '0' }
      await runCommand({
        file: go,
        args: ['build', '-C', source, '-o', resolve(draft, 'porcupine'), '.'],
        env,
      })
      rmSync(source, { recursive: true })
    },
  })
  return resolve(folder, 'porcupine')
}
