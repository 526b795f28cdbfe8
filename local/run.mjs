// Plain JavaScript for the Node that happens to be there (20 or newer), nothing installed: brings Node 24,
// pnpm and the packages into .stampede, makes the database clients, then hands over to local/commands.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock } from './lock.mjs'

const TOOLS = { node: '24.21.0', pnpm: '12.21.0' }
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const HOME = resolve(ROOT, '.stampede')
const TOOLS_HOME = resolve(HOME, 'cache', `tools-node-${TOOLS.node}-pnpm-${TOOLS.pnpm}`)
const BIN = resolve(TOOLS_HOME, 'node_modules/.bin')
const NODE_FLAGS = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning']
const COMMANDS = ['demo', 'start', 'stop', 'test', 'check', 'bench', 'story', 'audit', 'chaos', 'mutate']

const [command = '', ...rest] = process.argv.slice(2)
if (!COMMANDS.includes(command)) fail(`Say one of: ${COMMANDS.map((name) => `npm run ${name}`).join(', ')}`)

try {
  mkdirSync(resolve(HOME, 'cache'), { recursive: true })
  await withLock(resolve(HOME, 'set-up.lock'), setUp)
  handOver()
} catch (error) {
  fail(error instanceof Error ? error.message : String(error))
}

async function setUp() {
  if (!existsSync(resolve(BIN, 'pnpm')) || !existsSync(resolve(BIN, 'node'))) await bringTools()
  await bringPackages()
  await makeClients()
}

async function bringTools() {
  rmSync(TOOLS_HOME, { recursive: true, force: true })
  mkdirSync(TOOLS_HOME)
  writeFileSync(resolve(TOOLS_HOME, 'package.json'), '{ "private": true }\n')
  const packages = Object.entries(TOOLS).map(([name, version]) => `${name}@${version}`)
  // Spelt out, as a user's npm settings may say otherwise; Node's package fetches its binary in a script.
  const settings = [
    '--no-audit',
    '--no-fund',
    '--no-global',
    '--ignore-scripts=false',
    '--omit=dev',
    '--loglevel=error',
  ]
  const place = ['--prefix', TOOLS_HOME, '--cache', resolve(HOME, 'cache/npm')]
  const args = ['install', ...packages, ...settings, ...place]
  await step(`Node ${TOOLS.node} and pnpm`, { file: 'npm', args, cwd: TOOLS_HOME })
}

async function bringPackages() {
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...workspaceManifests()]
  const made = resolve(ROOT, 'node_modules/.modules.yaml')
  await whenChanged({ name: 'packages', files, made }, () => {
    const args = [
      'install',
      '--frozen-lockfile',
      '--store-dir',
      resolve(HOME, 'cache/pnpm-store'),
      '--prod=false',
    ]
    return step('packages', { file: resolve(BIN, 'pnpm'), args, cwd: ROOT })
  })
}

async function makeClients() {
  for (const service of folders('services')) {
    const cwd = resolve(ROOT, 'services', service)
    const schema = `services/${service}/prisma/schema.prisma`
    if (!existsSync(resolve(ROOT, schema))) continue
    const made = resolve(cwd, 'src/generated')
    await whenChanged({ name: `client-${service}`, files: [schema, 'pnpm-lock.yaml'], made }, () => {
      const file = resolve(cwd, 'node_modules/.bin/prisma')
      return step(`database client of ${service}`, { file, args: ['generate'], cwd })
    })
  }
}

/**
 * Does a step only when one of its files changed since it last went well, or when what it made is gone.
 * @param {{ name: string, files: string[], made: string }} about
 * @param {() => Promise<unknown>} work
 */
async function whenChanged({ name, files, made }, work) {
  const hash = createHash('sha256')
  for (const file of files) {
    const path = resolve(ROOT, file)
    hash.update(file).update(existsSync(path) ? readFileSync(path) : '')
  }
  const mark = resolve(HOME, 'cache', `${name}.done`)
  const now = hash.digest('hex')
  if (existsSync(made) && existsSync(mark) && readFileSync(mark, 'utf8') === now) return
  rmSync(mark, { force: true })
  await work()
  writeFileSync(mark, now)
}

/**
 * @param {string} what
 * @param {{ file: string, args: string[], cwd: string }} command
 */
function step(what, { file, args, cwd }) {
  process.stderr.write(`bringing ${what} … `)
  const startedAt = performance.now()
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, PATH: `${BIN}${delimiter}${process.env['PATH']}`, CI: 'true' }
  // Prisma's generator needs no engine, but would download one; the rest would change what gets installed.
  env['PRISMA_SCHEMA_ENGINE_BINARY'] = '/bin/true'
  // Whatever these tools remember stays in our folder too.
  for (const kind of ['CACHE', 'DATA', 'STATE'])
    env[`XDG_${kind}_HOME`] = resolve(HOME, 'cache', 'tool-memory')
  for (const name of ['NODE_ENV', 'NODE_OPTIONS', 'npm_config_prefix', 'npm_config_global']) delete env[name]
  return new Promise((done, failed) => {
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
    child.once('error', (error) => failed(new Error(`\n${file}: ${error.message}`)))
    child.once('close', (code) => {
      if (code !== 0) return failed(new Error(`failed\n${said.trimEnd().split('\n').slice(-30).join('\n')}`))
      process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`)
      done(undefined)
    })
  })
}

function handOver() {
  const script = resolve(ROOT, 'local/commands', `${command}.ts`)
  const env = { ...process.env, PATH: `${BIN}${delimiter}${process.env['PATH']}` }
  // The channel's end tells the command when this process vanishes.
  const stdio = /** @type {import('node:child_process').StdioOptions} */ ([
    'inherit',
    'inherit',
    'inherit',
    'ipc',
  ])
  const child = spawn(resolve(BIN, 'node'), [...NODE_FLAGS, script, ...rest], { cwd: ROOT, env, stdio })
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => child.kill(signal))
  }
  child.once('error', (error) => fail(error.message))
  child.once('exit', (code, signal) => process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0)))
}

function workspaceManifests() {
  const rooms = [
    ...folders('services', 'services/'),
    ...folders('packages', 'packages/'),
    'local',
    'loadtests',
    'tests',
  ]
  return rooms.map((room) => `${room}/package.json`)
}

/**
 * @param {string} room
 * @param {string} prefix
 */
function folders(room, prefix = '') {
  if (!existsSync(resolve(ROOT, room))) return []
  const entries = readdirSync(resolve(ROOT, room), { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map((entry) => prefix + entry.name)
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
