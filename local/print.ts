import { styleText } from 'node:util'
import type { PartEvent } from './part.ts'

const COLOURS = { 'set-up': 'gray', ready: 'green', died: 'red', back: 'yellow', stopped: 'gray' } as const
const NAME_WIDTH = 14

export function printEvent({ part, kind, text }: PartEvent): void {
  console.log(`${styleText(COLOURS[kind], part.padEnd(NAME_WIDTH))} ${text}`)
}
