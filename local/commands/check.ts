import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { styleText } from 'node:util'
import { ROOT } from '../profile.ts'

const bin = resolve(ROOT, 'node_modules/.bin')
const checks = [
  { what: 'types', file: `${bin}/tsc`, args: ['-b'] },
  { what: 'format, lint, layers', file: `${bin}/biome`, args: ['ci', '.'] },
  { what: 'tidiness', file: process.execPath, args: ['--test', 'tests/tidy.test.ts'] },
]

const failed = checks.filter(({ what, file, args }) => {
  console.log(styleText('bold', `\n${what}`))
  return spawnSync(file, args, { cwd: ROOT, stdio: 'inherit' }).status !== 0
})
console.log(failed.length === 0 ? '\nall well' : `\nnot well: ${failed.map(({ what }) => what).join('; ')}`)
process.exitCode = failed.length === 0 ? 0 : 1
