import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FUNCTION_NAMES, type FunctionName } from '@stampede/contracts/functions'

const REAL = new URL('../src/functions/', import.meta.url)

/** A folder of functions: those given as code, the others as they are. `forget` takes it away. */
export function writeModules(given: Partial<Record<FunctionName, string>>) {
  const dir = mkdtempSync(join(tmpdir(), 'functions-'))
  writeFileSync(join(dir, 'package.json'), '{ "type": "module" }')
  for (const name of FUNCTION_NAMES) {
    writeFileSync(join(dir, `${name}.ts`), given[name] ?? `export { handle } from '${realOf(name)}'\n`)
  }
  return { dir, forget: () => rmSync(dir, { recursive: true, force: true }) }
}

/**
 * A function that does what the real one does, but says so in a file `started` first and waits, with its
 * thread, until there is a file `go`.
 */
export function heldModule(name: FunctionName): string {
  return `import { existsSync, writeFileSync } from 'node:fs'
import { handle as real } from '${realOf(name)}'
const at = (file) => new URL(file, import.meta.url)
export function handle(event, context) {
  writeFileSync(at('started'), '')
  while (!existsSync(at('go'))) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
  return real(event, context)
}
`
}

function realOf(name: FunctionName): string {
  return new URL(`${name}.ts`, REAL).href
}
