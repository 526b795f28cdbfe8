import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'

/** Makes a folder, or empties it: the folder itself stays, for it may be a disk of its own. */
export function emptyFolder(folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(folder)) rmSync(resolve(folder, name), { recursive: true, force: true })
}
