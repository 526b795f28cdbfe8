import type { Lateness } from '../generator/open-loop.ts'
import type { Planned } from './plan.ts'

/** What a buyer was told. */
export interface Told {
  readonly userId: string
  readonly key: string
  /** 0 when there was no answer. */
  readonly status: number
  /** Why not, if it was a refusal. */
  readonly code?: string
  /** The order that a 201 named. */
  readonly orderId?: string
  /** From the moment the attempt was due. */
  readonly tookMs: number
}

/** What the process of the buyers is told to do; sent once. */
export interface CrowdOrder {
  /** The gateways, which take turns. */
  readonly urls: readonly string[]
  readonly saleId: string
  readonly buyers: readonly { readonly userId: string; readonly accessToken: string }[]
  readonly plan: readonly Planned[]
}

export interface Journal {
  readonly told: readonly Told[]
  readonly lateness: Lateness
}

/** `ready` when connected, `go` from the other side to begin, the journal at the end. */
export type CrowdWord = { readonly ready: true } | { readonly journal: Journal }
