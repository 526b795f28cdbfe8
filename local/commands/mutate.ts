import { writeFileSync } from 'node:fs'
import { styleText } from 'node:util'
import { UsageError } from '../../loadtests/usage.ts'
import { MUTANTS } from '../../tests/mutants/all.ts'
import type { Mutant } from '../../tests/mutants/mutant.ts'
import { openEngines } from '../engines.ts'
import { guard } from '../guard.ts'
import { MUTATE_USAGE, readMutateOptions } from '../mutate/options.ts'
import { writeList, writeTable } from '../mutate/table.ts'
import { copyTree } from '../mutate/tree.ts'
import { checkTypes, type Means, type Trial, tryMutant, tryUnharmed } from '../mutate/trial.ts'
import { printEvent } from '../print.ts'

// Takes the guards out one at a time, in a copy of the tree, and shows which test notices.
const stopping = new AbortController()
let running: Promise<unknown> = Promise.resolve()

try {
  const { mutants, list, json } = readMutateOptions(process.argv.slice(2), MUTANTS)
  if (list) console.log(writeList(mutants))
  else {
    if (json) writeFileSync(json, '')
    guard({ close: stop, killNow: () => stopping.abort() })
    running = run(mutants)
    const trials = (await running) as Trial[]
    if (json) writeFileSync(json, `${JSON.stringify(trials, undefined, 2)}\n`)
    console.log(`\n${writeTable(trials)}`)
    process.exitCode = trials.every(({ end }) => end === 'caught') && !stopping.signal.aborted ? 0 : 1
  }
} catch (error) {
  const isUsage = error instanceof UsageError
  console.error(styleText('red', error instanceof Error ? error.message : String(error)))
  if (isUsage) console.error(MUTATE_USAGE)
  process.exitCode = isUsage ? 2 : 1
}

async function stop(): Promise<void> {
  stopping.abort()
  await running.catch(() => undefined)
}

async function run(mutants: readonly Mutant[]): Promise<Trial[]> {
  copyTree()
  const needed = mutants.some(({ caughtBy }) => caughtBy.file.endsWith('.int.test.ts'))
  const engines = needed ? await openEngines({ profile: 'test', report: printEvent }) : undefined
  try {
    const means = { env: { ...engines?.urls }, signal: stopping.signal }
    await seeUnharmed(mutants, means)
    return await plantAll(mutants, means)
  } finally {
    await engines?.close()
  }
}

/** Without a defect every test passes, or that it fails with one would mean nothing. */
async function seeUnharmed(mutants: readonly Mutant[], means: Means): Promise<void> {
  const flaw = checkTypes()
  if (flaw !== undefined) throw new Error(`the tree does not type-check: ${flaw}`)
  const byFile = Map.groupBy(mutants, ({ caughtBy }) => caughtBy.file)
  console.log(styleText('bold', `\nWithout a defect: ${byFile.size} test files\n`))
  const flaws: string[] = []
  for (const [file, those] of byFile) {
    if (means.signal.aborted) return
    const startedAt = performance.now()
    const names = new Set(those.map(({ caughtBy }) => caughtBy.test))
    const wrong = await tryUnharmed(file, [...names], means)
    if (wrong === undefined)
      console.log(`${styleText('green', 'passes')}  ${file} ${secondsSince(startedAt)}`)
    else flaws.push(`${file} ${wrong}`)
  }
  if (flaws.length > 0 && !means.signal.aborted) throw new Error(flaws.join('\n'))
}

async function plantAll(mutants: readonly Mutant[], means: Means): Promise<Trial[]> {
  console.log(styleText('bold', `\nWith one defect at a time: ${mutants.length} defects\n`))
  const trials: Trial[] = []
  for (const mutant of mutants) {
    const trial = await tryMutant(mutant, means)
    if (means.signal.aborted) break
    trials.push(trial)
    const colour = trial.end === 'caught' ? 'green' : 'red'
    const at = `${String(trials.length).padStart(3)}/${mutants.length}`
    console.log(
      `${at} ${styleText(colour, trial.end.padEnd(9))} ${mutant.name} ${trial.seconds.toFixed(1)} s`,
    )
    if (trial.end !== 'caught') console.log(`    ${trial.why}`)
  }
  return trials
}

function secondsSince(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`
}
