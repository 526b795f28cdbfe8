import { parseArgs } from 'node:util'
import { UsageError } from '../../loadtests/usage.ts'
import type { Mutant } from '../../tests/mutants/mutant.ts'

export interface MutateOptions {
  readonly mutants: readonly Mutant[]
  readonly list: boolean
  /** The file that the result goes to. */
  readonly json: string | undefined
}

export const MUTATE_USAGE = `npm run mutate -- [flags]
  --only WORD   defects that have the word in their name, promise, file or test; may be repeated
  --list        show them, plant none
  --json FILE   write the result into a file as well`

/** Reads the command line. Throws `UsageError`. */
export function readMutateOptions(args: readonly string[], all: readonly Mutant[]): MutateOptions {
  const { only, list, json } = parse(args)
  const has = (word: string) => all.filter((mutant) => JSON.stringify(mutant).includes(word))
  const chosen = new Set((only ?? ['']).flatMap(has))
  const unheard = only?.find((word) => has(word).length === 0)
  if (unheard !== undefined) throw new UsageError(`no defect has the word "${unheard}"`)
  const mutants = all.filter((mutant) => chosen.has(mutant))
  return { mutants, list: list ?? false, json }
}

function parse(args: readonly string[]) {
  const [flag, yes] = [{ type: 'string' }, { type: 'boolean' }] as const
  try {
    const options = { only: { ...flag, multiple: true }, list: yes, json: flag } as const
    return parseArgs({ args: [...args], options, allowPositionals: false }).values
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0])
  }
}
