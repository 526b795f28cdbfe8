import { createReadStream, existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { PartEvent } from '@stampede/local/part'
import type { Player } from './player.ts'

/** A process that ended although no fault was at it. `at` in ms since 1970. */
export interface Death {
  readonly part: string
  readonly at: number
  /** As its keeper saw it, e.g. `died (SIGSEGV), …`. */
  readonly how: string
}

export interface ExplainedDeath extends Death {
  /** The last fatal word in its log, if it had one. */
  readonly word?: string
}

export interface DeathBook {
  readonly deaths: readonly Death[]
  hear(event: PartEvent): void
  /** From now on a death is somebody's fault. */
  begin(player: Pick<Player, 'isTouched'>): void
}

/** Who dies on and on is known by then. */
const DEATHS_MAX = 1000
/** Between the fatal word and the end of the process lies its draining. */
const WORD_MS = { before: 20_000, after: 1000 } as const
const FATAL = '"level":"fatal"'

export function openDeathBook(): DeathBook {
  const deaths: Death[] = []
  let player: Pick<Player, 'isTouched'> | undefined
  return {
    deaths,
    hear({ part, kind, text }) {
      if (kind !== 'died' || !player || player.isTouched(part) || deaths.length >= DEATHS_MAX) return
      deaths.push({ part, at: Date.now(), how: text })
    },
    begin(known) {
      player = known
    },
  }
}

/** Looks up in the logs in `folder` what each had to say. */
export async function explainDeaths(deaths: readonly Death[], folder: string): Promise<ExplainedDeath[]> {
  const wordsOf = new Map<string, Word[]>()
  for (const part of new Set(deaths.map((death) => death.part))) {
    wordsOf.set(part, await readFatalWords(resolve(folder, `${part}.log`)))
  }
  return deaths.map((death) => {
    const since = death.at - WORD_MS.before
    const until = death.at + WORD_MS.after
    const words = wordsOf.get(death.part) ?? []
    const word = words.findLast(({ at }) => at >= since && at <= until)?.text
    return { ...death, ...(word !== undefined && { word }) }
  })
}

interface Word {
  readonly at: number
  readonly text: string
}

async function readFatalWords(file: string): Promise<Word[]> {
  const words: Word[] = []
  if (!existsSync(file)) return words
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    if (!line.includes(FATAL)) continue
    const word = parseWord(line)
    if (word) words.push(word)
  }
  return words
}

/** Undefined for a line that was cut off by the end of its process. */
function parseWord(line: string): Word | undefined {
  try {
    const { time, msg } = JSON.parse(line) as { readonly time: string; readonly msg: string }
    return { at: Date.parse(time), text: msg }
  } catch {
    return undefined
  }
}
