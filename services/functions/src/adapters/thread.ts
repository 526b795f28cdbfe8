import type { FunctionContext, FunctionEvent } from '@stampede/contracts/functions'

// Runs in the threads, and loads nothing but the functions themselves: each thread has a memory of its own.

export interface Task {
  /** URL of the function's module. */
  readonly module: string
  readonly event: FunctionEvent
  readonly context: FunctionContext
}

interface Module {
  readonly handle: (event: FunctionEvent, context: FunctionContext) => unknown
}

/** The result as JSON, undefined when it is none: what leaves a thread is text whose size can be seen. */
export async function run({ module, event, context }: Task): Promise<string | undefined> {
  const { handle } = (await import(module)) as Module
  return JSON.stringify(await handle(event, context))
}
