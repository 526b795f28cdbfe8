import { globSync } from 'node:fs'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { styleText } from 'node:util'
import { type EngineUrls, openEngines } from '../engines.ts'
import { guard } from '../guard.ts'
import { printEvent } from '../print.ts'
import { ROOT } from '../profile.ts'

// `npm test` runs all; `npm test batcher ledger` only the files whose path holds one of these words.
const LIMIT_MS = 25 * 60_000
const FILE_LIMIT_MS = 8 * 60_000
const NODE_FLAGS = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning']

interface Plan {
  readonly title: string
  readonly files: readonly string[]
  readonly atOnce: number
  readonly urls?: EngineUrls
}

const filters = process.argv.slice(2)
const counts = { passed: 0, failed: 0 }
const stopping = new AbortController()
let current: Promise<void> = Promise.resolve()
// Test files open systems of their own: they are told to stop, and waited for, before we go.
guard({ close: stopRunning, killNow: () => stopping.abort() })
const limit = setTimeout(() => {
  console.error(
    styleText('red', `npm test takes longer than ${LIMIT_MS / 60_000} minutes: it is stopped here`),
  )
  counts.failed += 1
  void stopRunning().then(finish)
}, LIMIT_MS)

const files = findFiles()
await runFiles({ title: 'Rules, without any engine', files: files.filter(isUnit), atOnce: 2 })
await runWithEngines(files.filter((file) => file.endsWith('.int.test.ts')))
await runFiles({ title: 'The running system, from outside', files: files.filter(isSystem), atOnce: 1 })
finish()

function findFiles(): string[] {
  const rooms = '{packages,services,local,loadtests,tests}/**/*.test.ts'
  const all = globSync(rooms, { cwd: ROOT, exclude: (name) => name === 'node_modules' }).sort()
  return all.filter((file) => filters.length === 0 || filters.some((word) => file.includes(word)))
}

function isSystem(file: string): boolean {
  return file.startsWith('tests/') && !file.endsWith('.int.test.ts') && !file.endsWith('tidy.test.ts')
}

function isUnit(file: string): boolean {
  return !isSystem(file) && !file.endsWith('.int.test.ts')
}

async function runWithEngines(files: readonly string[]): Promise<void> {
  if (files.length === 0 || stopping.signal.aborted) return
  const engines = await openEngines({ profile: 'test', report: printEvent })
  try {
    await runFiles({ title: 'Services, on real engines', files, atOnce: 1, urls: engines.urls })
  } finally {
    await engines.close()
  }
}

async function runFiles({ title, files, atOnce, urls }: Plan): Promise<void> {
  if (files.length === 0 || stopping.signal.aborted) return
  console.log(styleText('bold', `\n${title}: ${files.length} files\n`))
  const stream = run({
    files: [...files],
    cwd: ROOT,
    concurrency: atOnce,
    timeout: FILE_LIMIT_MS,
    signal: stopping.signal,
    execArgv: NODE_FLAGS,
    env: { ...process.env, ...urls },
  })
  stream.on('test:summary', ({ file, counts: summary }) => {
    if (file !== undefined) return
    counts.passed += summary.passed
    counts.failed += summary.tests - summary.passed - summary.skipped - summary.todo
  })
  current = new Promise((done) => {
    stream.compose(new spec()).on('end', done).pipe(process.stdout, { end: false })
  })
  await current
}

async function stopRunning(): Promise<void> {
  stopping.abort()
  await current
}

function finish(): void {
  clearTimeout(limit)
  if (counts.passed + counts.failed === 0) {
    console.error('No test was run: no file fits.')
    counts.failed = 1
  }
  console.log(`\n${counts.passed} passed, ${counts.failed} failed`)
  process.exit(counts.failed === 0 ? 0 : 1)
}
