import { accessSync, chownSync, constants, mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { SystemUser } from '../part.ts'

/** How to run Postgres' programs, which refuse to be root. */
export interface PostgresUser {
  readonly user: SystemUser | undefined
  /** Put before the program: gives an unprivileged user the right to pass through root's private folders. */
  readonly prefix: readonly string[]
}

/** As root: the account `postgres` where there is one, else `nobody`. Nothing on the machine is changed. */
export function pickPostgresUser(data: string, binary: string): PostgresUser {
  mkdirSync(data, { recursive: true, mode: 0o700 })
  if (process.getuid?.() !== 0) return { user: undefined, prefix: [] }
  const owner = statSync(data)
  const user = owner.uid === 0 ? findAccount() : { uid: owner.uid, gid: owner.gid }
  chownSync(data, user.uid, user.gid)
  const closed = [...foldersAbove(data), ...foldersAbove(binary)].find((folder) => !mayEnter(folder, user))
  if (closed === undefined) return { user, prefix: [] }
  return { user: undefined, prefix: passThrough(closed, user) }
}

function findAccount(): SystemUser {
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const account =
    accounts.find(([name]) => name === 'postgres') ?? accounts.find(([name]) => name === 'nobody')
  if (!account)
    throw new Error('Postgres refuses to run as root and there is no user postgres or nobody here')
  return { uid: Number(account[2]), gid: Number(account[3]) }
}

function foldersAbove(path: string): string[] {
  const parent = dirname(path)
  return parent === path ? [] : [parent, ...foldersAbove(parent)]
}

function mayEnter(folder: string, user: SystemUser): boolean {
  const { mode, uid, gid } = statSync(folder)
  if (uid === user.uid) return (mode & 0o100) !== 0
  return ((gid === user.gid ? 0o010 : 0o001) & mode) !== 0
}

function passThrough(closed: string, user: SystemUser): string[] {
  const setpriv = '/usr/bin/setpriv'
  try {
    accessSync(setpriv, constants.X_OK)
  } catch {
    throw new Error(
      `Postgres refuses to run as root, and its user may not enter ${closed}. ` +
        `Allow it (chmod o+x ${closed}), clone elsewhere, run as an ordinary user, or set DATABASE_URL.`,
    )
  }
  const rights = '-all,+dac_read_search'
  return [
    setpriv,
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    '--clear-groups',
    // access(2) would else look without the one right we leave it.
    '--securebits=+no_setuid_fixup',
    `--inh-caps=${rights}`,
    `--ambient-caps=${rights}`,
    '--',
  ]
}
