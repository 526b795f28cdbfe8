import { printKey } from '@stampede/contracts/ids'

/** The fingerprints of these keys as the inventory sends them. */
export function printsOf(keys: readonly string[]): string {
  return bytesOf(keys.map(printKey)).toString('base64')
}

/** Little-endian uint32s. */
export function bytesOf(prints: readonly number[]): Buffer {
  const bytes = Buffer.alloc(prints.length * 4)
  for (const [i, print] of prints.entries()) bytes.writeUInt32LE(print, i * 4)
  return bytes
}
