import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import type { Mutant } from '../../tests/mutants/mutant.ts'
import { type FileEnd, runFile } from './run-file.ts'
import { checkScripts, listenToPostgres } from './soundness.ts'
import { plant, TREE } from './tree.ts'

export interface Trial {
  readonly mutant: Mutant
  readonly end: 'caught' | 'survived' | 'unsound'
  /** Why it failed when caught, else what is wrong. */
  readonly why: string
  readonly seconds: number
}

export interface Means {
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

const FILE_LIMIT_MS = 120_000

/** Words of code that does not load. */
const BROKEN = /SyntaxError|is not defined|ERR_MODULE_NOT_FOUND|user_script:\d+/

/** Plants a defect, runs the test that should miss what was taken out, and takes the defect out again. */
export async function tryMutant(mutant: Mutant, { env, signal }: Means): Promise<Trial> {
  const startedAt = performance.now()
  const uproot = plant(mutant.edits)
  if (typeof uproot === 'string') return ended('unsound', uproot)
  try {
    const flaw = await flawOf(mutant, env)
    if (flaw !== undefined) return ended('unsound', flaw)
    const { file, test } = mutant.caughtBy
    const complaint = listenToPostgres()
    const end = await runFile({ file, tests: [test], env, signal, limitMs: FILE_LIMIT_MS })
    const broken = complaint()
    return broken ? ended('unsound', broken) : ended(...judge(end, test))
  } finally {
    uproot()
  }

  function ended(end: Trial['end'], why: string): Trial {
    return { mutant, end, why, seconds: (performance.now() - startedAt) / 1_000 }
  }
}

/** Whether the code still loads: a defect that a compiler sees is caught by nobody's test. */
async function flawOf({ edits }: Mutant, env: Means['env']): Promise<string | undefined> {
  const types = edits.some(({ file }) => file.endsWith('.ts')) ? checkTypes() : undefined
  if (types !== undefined) return `does not type-check: ${types}`
  const redisUrl = env['REDIS_GATE_URL']
  return redisUrl === undefined ? undefined : checkScripts(edits, redisUrl)
}

/** Runs tests of a file without any defect. Answers what is wrong, if anything. */
export async function tryUnharmed(
  file: string,
  tests: readonly string[],
  { env, signal }: Means,
): Promise<string | undefined> {
  const { seen, late, said } = await runFile({ file, tests, env, signal, limitMs: FILE_LIMIT_MS })
  const failed = seen.filter(({ ok }) => !ok)
  if (failed[0]) return `"${failed[0].test}" fails: ${failed[0].why}`
  if (late) return 'takes too long'
  const missing = tests.filter((test) => !seen.some((each) => each.test === test))
  return missing.length > 0 ? `did not run "${missing[0]}": ${said}` : undefined
}

/** What the compiler has to say, or undefined. */
export function checkTypes(): string | undefined {
  const { status, stdout } = spawnSync(resolve(TREE, 'node_modules/.bin/tsc'), ['-b'], {
    cwd: TREE,
    encoding: 'utf8',
  })
  return status === 0 ? undefined : stdout.split('\n')[0]
}

function judge({ seen, late, said }: FileEnd, test: string): [Trial['end'], string] {
  const failed = seen.find((each) => !each.ok && each.test === test)
  if (failed) {
    return BROKEN.test(failed.why) ? ['unsound', `does not load: ${failed.why}`] : ['caught', failed.why]
  }
  if (late) return ['survived', 'the test did not end in time']
  if (seen.length === 0) return ['unsound', `no test was run: ${said}`]
  return ['survived', 'the test passes']
}
