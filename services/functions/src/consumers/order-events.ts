import type { FunctionEvent, FunctionTopic } from '@stampede/contracts/functions'
import type { Apply } from '@stampede/kit/events/deliver'
import type { Tx } from '@stampede/kit/postgres'
import type { CallKey } from '../domain/registry.ts'

export interface HearPorts {
  /** Notes the calls that follow from events; returns those that can be done at once. */
  readonly write: (tx: Tx, events: readonly FunctionEvent[]) => Promise<readonly CallKey[]>
  readonly announce: (calls: readonly CallKey[]) => Promise<void>
}

/** What happened to orders becomes calls of functions, durable with the note that it was heard. */
export function callFunctions({ write, announce }: HearPorts): Apply<FunctionTopic> {
  return async (tx, events) => {
    const due = await write(tx, events)
    return due.length > 0 ? () => announce(due) : undefined
  }
}
