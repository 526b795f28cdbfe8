import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { runCommand } from './bring.ts'

/**
 * Unpacks a package of Debian with all it needs into a folder: no root needed, nothing installed. apt works
 * with lists and archives of its own: it reads the machine's sources and writes only into our folder.
 */
export async function unpackFromDebian(name: string, folder: string): Promise<void> {
  const apt = resolve(folder, 'apt')
  mkdirSync(`${apt}/state/lists/partial`, { recursive: true })
  mkdirSync(`${apt}/cache/archives/partial`, { recursive: true })
  const options = [
    `Dir::State=${apt}/state`,
    'Dir::State::status=/var/lib/dpkg/status',
    `Dir::Cache=${apt}/cache`,
    'APT::Sandbox::User=',
    'Debug::NoLocking=1',
  ].flatMap((option) => ['-o', option])
  // Some images end an update with a hook that only root may run: the next step tells whether it worked.
  await runCommand({ file: 'apt-get', args: [...options, '-qq', 'update'] }).catch(() => undefined)
  const install = ['-y', '-qq', '--no-install-recommends', '--download-only', 'install', name]
  await runCommand({ file: 'apt-get', args: [...options, ...install] })
  const archives = readdirSync(`${apt}/cache/archives`).filter((name) => name.endsWith('.deb'))
  for (const archive of archives) {
    await runCommand({ file: 'dpkg-deb', args: ['-x', `${apt}/cache/archives/${archive}`, folder] })
  }
  rmSync(apt, { recursive: true, force: true })
}
