import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { styleText } from 'node:util'
import { ROOT } from '../profile.ts'

const bin = resolve(ROOT, 'node_modules/.bin')
// `npm run check -- --write` also makes the generated files anew.
const checks = [
  {
    what: 'generated files',
    file: process.execPath,
    args: ['local/commands/generate.ts', ...process.argv.slice(2)],
  },
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
