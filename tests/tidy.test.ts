import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { test } from 'node:test'

// What a linter cannot see: the rules of the house that concern text, documents and the tree.
const ROOT = resolve(import.meta.dirname, '..')
const SELF = 'tests/tidy.test.ts'
const CODE_LINES_MAX = 250
const DECISION_LINES_MAX = 60
const COLUMNS_MAX = 110
const BYTES_MAX = 512 * 1024

const files = listFiles()
const code = files.filter((file) => /\.(ts|mjs|js|sql|lua|sh)$/.test(file))
const docs = files.filter((file) => file.endsWith('.md'))
const texts = files.filter((file) => /\.(ts|mjs|js|sql|lua|sh|md|json|ya?ml|prisma)$/.test(file))

test('a source file has at most 250 lines', () => {
  refuse(code, (text) => (text.trimEnd().split('\n').length > CODE_LINES_MAX ? ['too long'] : []))
})

test('a decision fits one page', () => {
  const decisions = docs.filter((file) => file.startsWith('docs/decisions/'))
  refuse(decisions, (text) => (text.trimEnd().split('\n').length > DECISION_LINES_MAX ? ['too long'] : []))
  const misnamed = decisions.filter((file) => !/\/\d{4}-[a-z0-9-]+\.md$/.test(file))
  assert.deepEqual(misnamed, [], 'a decision is named 0001-its-title.md')
})

test('a line is not wider than 110 columns', () => {
  // A test's title is one string, which the formatter leaves on its line: the promise may be a long one.
  const isTitle = /^\s*(test|it)\(['`]/
  refuse(code, (text) => findLines(text, (line) => line.length > COLUMNS_MAX && !isTitle.test(line)))
})

test('no test is skipped, left to do or run alone', () => {
  const tests = code.filter((file) => /\.(test|cases)\.ts$/.test(file))
  refuse(tests, (text) =>
    findLines(text, (line) => /\.(skip|todo|only)\(|\b(skip|todo|only): true/.test(line)),
  )
})

test('nothing is marked as unfinished', () => {
  refuse(texts, (text) => findLines(text, (line) => /\b(TODO|FIXME|XXX|HACK)\b/.test(line)))
})

test('no file names a path of somebody’s machine or a package registry', () => {
  const personal = /(?<![\w.])\/(work|home|root|Users)\/\w|registry\.\w+\.\w|\.npmrc\b.*=/
  refuse(texts, (text) => findLines(text, (line) => personal.test(line)))
})

test('a document names only scripts that exist', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const known = new Set([...Object.keys(scripts), 'ci', 'install', 'run', 'pack', 'view', 'i'])
  refuse(docs, (text) => {
    const named = [...text.matchAll(/\b(?:npm run|npm|pnpm run)\s+([a-z][\w:-]*)/g)].map(
      ([, name]) => name ?? '',
    )
    return named.filter((name) => name !== 'run' && codeNames(text, name) && !known.has(name))
  })
})

test('a link in a document leads to a file that exists', () => {
  for (const file of docs) {
    const links = [...read(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(
      ([, link]) => link ?? '',
    )
    const dead = links.filter((link) => !existsSync(resolve(ROOT, dirname(file), link)))
    assert.deepEqual(dead, [], `dead links in ${file}`)
  }
})

test('no large file and no secret is kept in the tree', () => {
  const large = files.filter((file) => statSync(resolve(ROOT, file)).size > BYTES_MAX)
  assert.deepEqual(large, [])
  refuse(texts, (text) =>
    findLines(text, (line) => /-----BEGIN [A-Z ]*PRIVATE KEY|"d":\s*"[\w-]{40,}"/.test(line)),
  )
})

test('no service reaches into another one', () => {
  const services = code.filter((file) => file.startsWith('services/'))
  for (const file of services) {
    const [, own = ''] = file.split('/')
    const imports = [...read(file).matchAll(/from '(\.{1,2}\/[^']+)'/g)].map(([, path]) => path ?? '')
    const foreign = imports.filter((path) => {
      const target = resolve(ROOT, dirname(file), path)
      return !target.startsWith(`${resolve(ROOT, 'services', own)}/`)
    })
    assert.deepEqual(foreign, [], `${file} imports from outside its service by path`)
  }
})

/**
 * Words after `npm` count only where the text shows a command: in backticks or an indented or fenced block.
 */
function codeNames(text: string, name: string): boolean {
  return new RegExp(`(\`|^\\s*(\\$ )?)(pnpm|npm)( run)? ${name}\\b`, 'm').test(text)
}

function refuse(among: readonly string[], faultsOf: (text: string) => readonly string[]): void {
  const faults = among
    .filter((file) => file !== SELF)
    .flatMap((file) => faultsOf(read(file)).map((fault) => `${file}: ${fault}`))
  // A plain list: a diff of arrays would show every line twice.
  if (faults.length > 0) assert.fail(`\n${faults.join('\n')}`)
}

function findLines(text: string, isFault: (line: string) => boolean): string[] {
  return text
    .split('\n')
    .flatMap((line, index) => (isFault(line) ? [`line ${index + 1}: ${line.trim()}`] : []))
}

function read(file: string): string {
  return readFileSync(resolve(ROOT, file), 'utf8')
}

/** All that git knows or would take: what is ignored is nobody's business. */
function listFiles(): string[] {
  const list = ['ls-files', '--cached', '--others', '--exclude-standard']
  const names = execFileSync('git', list, { cwd: ROOT, encoding: 'utf8' }).trim().split('\n')
  return names.filter((name) => existsSync(resolve(ROOT, name)) && !name.endsWith('pnpm-lock.yaml'))
}
