import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { resolve, sep } from 'node:path'
import type { Edit } from '../../tests/mutants/mutant.ts'
import { CACHE_HOME, ROOT, STAMPEDE_HOME } from '../profile.ts'

export const TREE = resolve(STAMPEDE_HOME, 'mutate', 'tree')

/**
 * Makes a copy of the working tree, in which defects may be planted: all that git knows or would take, and
 * the database clients. Packages are those of the tree itself, but our own lead into the copy.
 */
export function copyTree(): void {
  rmSync(TREE, { recursive: true, force: true })
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const known = execFileSync('git', list, { cwd: ROOT, encoding: 'utf8' }).split('\0').filter(Boolean)
  const clients = globSync('services/*/src/generated', { cwd: ROOT })
  for (const path of [...known, ...clients]) copy(path)
  linkPackages()
  // For tests that open a system of their own: the engines are not fetched again.
  mkdirSync(resolve(TREE, '.stampede'), { recursive: true })
  symlinkSync(CACHE_HOME, resolve(TREE, '.stampede/cache'))
}

function copy(path: string): void {
  const from = resolve(ROOT, path)
  if (!existsSync(from)) return
  cpSync(from, resolve(TREE, path), { recursive: true, verbatimSymlinks: true })
}

/** pnpm's links are relative, so copied they lead to packages beside them: ours are there, the rest not. */
function linkPackages(): void {
  const rooms = globSync('{packages,services}/*/node_modules', { cwd: ROOT })
  const all = [...rooms, ...['local', 'loadtests', 'tests'].map((room) => `${room}/node_modules`)]
  for (const path of all) copy(path)
  mkdirSync(resolve(TREE, 'node_modules'), { recursive: true })
  for (const name of readdirSync(resolve(ROOT, 'node_modules'))) {
    if (name === '.pnpm')
      symlinkSync(resolve(ROOT, 'node_modules/.pnpm'), resolve(TREE, 'node_modules/.pnpm'))
    else if (!name.startsWith('.pnpm')) copy(`node_modules/${name}`)
  }
  const ours = globSync('*/**/node_modules/@stampede/*', { cwd: TREE, exclude: ['node_modules'] })
  const astray = ours.filter((link) => !realpathSync(resolve(TREE, link)).startsWith(TREE + sep))
  if (ours.length === 0 || astray.length > 0) {
    throw new Error(`the copy would not run its own packages: ${astray.join(', ') || 'none is linked'}`)
  }
}

/**
 * Plants a defect in the copy; call what is returned to take it out again. Where the code moved on, and the
 * defect does not fit it any more, nothing is planted and it says what does not fit.
 */
export function plant(edits: readonly Edit[], tree = TREE): (() => void) | string {
  const [before, after] = [new Map<string, string>(), new Map<string, string>()]
  for (const { file, text, put } of edits) {
    const path = resolve(tree, file)
    if (!before.has(path)) before.set(path, existsSync(path) ? readFileSync(path, 'utf8') : '')
    const source = after.get(path) ?? (before.get(path) as string)
    const times = source.split(text).length - 1
    if (times !== 1) return `does not fit: ${file} has the text ${times} times: ${text}`
    after.set(
      path,
      source.replace(text, () => put),
    )
  }
  const writeAll = (sources: ReadonlyMap<string, string>) => {
    for (const [path, source] of sources) writeFileSync(path, source)
  }
  writeAll(after)
  return () => writeAll(before)
}
