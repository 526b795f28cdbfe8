import type { Variant } from '@stampede/contracts/sales'
import { Crew, type Settings } from './crew.ts'
import { type ShelfDeps, ShelfStage } from './shelf-stage.ts'

export interface MultiProcessDeps extends ShelfDeps {
  /** What each worker opens for itself. */
  readonly connect: { readonly databaseUrl: string; readonly schema: string; readonly redisUrl: string }
  /** How long a lock is kept at most, and how long a claim waits for its worker: 1 s and 20 s. */
  readonly leaseMs?: number
  readonly answerMs?: number
}

const WORKERS = 4
const LEASE_MS = 1_000
const ANSWER_MS = 20_000

/**
 * Stage two: four processes around one row of stock. What guards it inside one of them guards nothing; a lock
 * that all share does, while its holder is quick; a token that the row itself checks does always.
 */
export function openMultiProcess(deps: MultiProcessDeps, variant: Variant): ShelfStage {
  const { connect, witness, log, between, leaseMs = LEASE_MS, answerMs = ANSWER_MS } = deps
  const settings = {
    ...connect,
    variant: variant as Settings['variant'],
    leaseMs,
    logLevel: log.level,
    asks: between !== undefined,
  }
  const crew = new Crew({ settings, size: WORKERS, answerMs, witness, log, between })
  return new ShelfStage('multi-process', variant, deps, { take: crew.take, close: () => crew.close() })
}
