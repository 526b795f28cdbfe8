import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { writeFiles } from '../observe/files.ts'
import { ROOT } from '../profile.ts'

// Part of `npm run check`: names the generated files that are not up to date; with --write it makes them.
const write = process.argv.includes('--write')
const old = Object.entries(writeFiles()).filter(([file, text]) => readOr(file) !== text)
for (const [file, text] of old) {
  if (write) writeOne(file, text)
  console.log(`${file} ${write ? 'written' : 'is not up to date'}`)
}
if (old.length > 0 && !write) console.log('`npm run check -- --write` makes them anew')
process.exitCode = old.length > 0 && !write ? 1 : 0

function readOr(file: string): string | undefined {
  const path = resolve(ROOT, file)
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

function writeOne(file: string, text: string): void {
  const path = resolve(ROOT, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
