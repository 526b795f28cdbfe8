import { createRequire } from 'node:module'

interface RequestQueue {
  readonly pending: readonly unknown[]
  scheduleCheckPendingRequests(): void
}

let calmed = false

/**
 * Stops a fault of kafkajs 2.2.4: each connection sets a timer with a negative
 * delay again and again, about 600 a second each while nothing happens, and
 * Node prints a warning. The timer is needed only while requests wait.
 */
export function calmIdleTimers(): void {
  if (calmed) return
  calmed = true
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as {
    prototype: RequestQueue
  }
  const schedule = prototype.scheduleCheckPendingRequests
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this)
  }
}
