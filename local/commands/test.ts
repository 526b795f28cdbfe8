import { globSync } from 'node:fs'
import { styleText } from 'node:util'
import { openEngines } from '../engines.ts'
import { guard } from '../guard.ts'
import { printEvent } from '../print.ts'
import { pickProfile, ROOT } from '../profile.ts'
import { endLiving, readLiving } from '../state.ts'
import { runTests } from '../test-run.ts'

// `npm test` runs all; `npm test batcher ledger` only the files whose path holds one of these words.
const LIMIT_MS = 45 * 60_000
const UNITS_LIMIT_MS = 4 * 60_000
const FILE_LIMIT_MS = 5 * 60_000
/** Files that break a system for minutes, and then wait until it rests. */
const LONG_FILES_MS: Readonly<Record<string, number>> = { 'tests/chaos.test.ts': 12 * 60_000 }
const BLOCKS = Array.from({ length: 10 }, (_, block) => block)

const filters = process.argv.slice(2)
const counts = { passed: 0, failed: 0 }
const stopping = new AbortController()
let running: Promise<void> = Promise.resolve()
// Test files open systems of their own: they are told to stop, and waited for, before we go.
guard({ close: stopRunning, killNow: () => stopping.abort() })
setTimeout(() => {
  console.error(
    styleText('red', `npm test takes longer than ${LIMIT_MS / 60_000} minutes: it is stopped here`),
  )
  stopping.abort()
}, LIMIT_MS).unref()

const files = findFiles()
await announce('Rules, without any engine', files.filter(isUnit), runUnits)
await announce('Services, on real engines', files.filter(isIntegration), runIntegrations)
await announce('The running system, from outside', files.filter(isSystem), (among) => runOneByOne(among, {}))
await endStrays()
finish()

function findFiles(): string[] {
  const rooms = '{packages,services,local,loadtests,tests}/**/*.test.ts'
  const all = globSync(rooms, { cwd: ROOT, exclude: (name) => name === 'node_modules' }).sort()
  return all.filter((file) => filters.length === 0 || filters.some((word) => file.includes(word)))
}

function isIntegration(file: string): boolean {
  return file.endsWith('.int.test.ts')
}

function isSystem(file: string): boolean {
  return /^tests\/[^/]+$/.test(file) && !isIntegration(file) && !file.endsWith('tidy.test.ts')
}

function isUnit(file: string): boolean {
  return !isSystem(file) && !isIntegration(file)
}

async function announce(
  title: string,
  among: string[],
  work: (among: string[]) => Promise<void>,
): Promise<void> {
  if (among.length === 0 || stopping.signal.aborted) return
  console.log(styleText('bold', `\n${title}: ${among.length} files\n`))
  running = work(among)
  await running
}

async function runUnits(units: readonly string[]): Promise<void> {
  const { signal } = stopping
  add(await runTests({ files: units, atOnce: 2, env: process.env, limitMs: UNITS_LIMIT_MS, signal }))
}

async function runIntegrations(integrations: readonly string[]): Promise<void> {
  const engines = await openEngines({ profile: 'test', report: printEvent })
  try {
    await runOneByOne(integrations, engines.urls)
  } finally {
    await engines.close()
  }
}

/** Each file alone, so that none disturbs another and one that hangs ends by itself. */
async function runOneByOne(among: readonly string[], more: object): Promise<void> {
  const env = { ...process.env, ...more }
  for (const file of among) {
    if (stopping.signal.aborted) return
    console.log(styleText('gray', file))
    const testLimitMs = LONG_FILES_MS[file]
    const limitMs = testLimitMs ?? FILE_LIMIT_MS
    const { signal } = stopping
    add(await runTests({ files: [file], atOnce: 1, env, limitMs, testLimitMs, signal }))
  }
}

function add(more: Readonly<typeof counts>): void {
  counts.passed += more.passed
  counts.failed += more.failed
}

async function stopRunning(): Promise<void> {
  stopping.abort()
  await running
}

/** What a killed test file could not close. A system that has its runner is somebody else's. */
async function endStrays(): Promise<void> {
  const profiles = BLOCKS.map((block) => pickProfile({ profile: 'test', block }))
  await Promise.all(profiles.filter((profile) => !readLiving(profile)['runner']).map(endLiving))
}

function finish(): void {
  if (counts.passed + counts.failed === 0) {
    console.error('No test was run: no file fits.')
    counts.failed = 1
  }
  console.log(`\n${counts.passed} passed, ${counts.failed} failed`)
  process.exit(counts.failed === 0 ? 0 : 1)
}
