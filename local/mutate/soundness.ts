import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { resolve } from 'node:path'
import type { Edit } from '../../tests/mutants/mutant.ts'
import { pickProfile } from '../profile.ts'
import { TREE } from './tree.ts'

/**
 * What Postgres says to a statement that cannot be run at all. Where it is heard the defect is not a small
 * one, and that a test fails says nothing.
 */
const BROKEN = new RegExp(
  [
    'syntax error',
    '(column|operator|function) .* does not exist',
    'there is no unique or exclusion constraint',
    'there is no unique constraint',
    'could not determine data type',
    'missing FROM-clause',
  ]
    .map((words) => `ERROR: +${words}.*`)
    .join('|'),
)
const REDIS_MS = 2_000

/** Listens to the engines' Postgres from now on: call what is returned to hear what it could not run. */
export function listenToPostgres(): () => string | undefined {
  const file = resolve(pickProfile({ profile: 'test' }).home, 'logs/postgres.log')
  const read = () => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  const before = read().length
  return () => BROKEN.exec(read().slice(before))?.[0]
}

/** What Redis says to the scripts that were changed, if it cannot compile one. */
export async function checkScripts(edits: readonly Edit[], redisUrl: string): Promise<string | undefined> {
  for (const { file } of edits.filter((edit) => edit.file.endsWith('.lua'))) {
    const script = readFileSync(resolve(TREE, file))
    const said = await loadScript(script, new URL(redisUrl))
    if (said.startsWith('-')) return said.trim()
  }
  return undefined
}

/** In Redis' own protocol, as a client would be asked for once. */
function loadScript(script: Buffer, { hostname, port }: URL): Promise<string> {
  const words = [Buffer.from('SCRIPT'), Buffer.from('LOAD'), script]
  return new Promise((done, failed) => {
    const socket = connect({ host: hostname, port: Number(port || 6379) })
    socket.setTimeout(REDIS_MS, () => socket.destroy(new Error('Redis does not answer')))
    socket.once('error', failed)
    socket.once('data', (answer) => {
      socket.destroy()
      done(String(answer))
    })
    socket.write(`*${words.length}\r\n`)
    for (const word of words) {
      socket.write(`$${word.length}\r\n`)
      socket.write(word)
      socket.write('\r\n')
    }
  })
}
