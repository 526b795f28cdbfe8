import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { observe } from './instruments.ts'

/** The delay is sampled by a timer that wakes the process: the longer, the cheaper. */
const SAMPLE_MS = 20
const SECOND_NS = 1e9
const SECOND_US = 1e6

/** From now on tells how busy this process is. Values that span a time span that since the last look. */
export function watchProcess(): void {
  const delay = monitorEventLoopDelay({ resolution: SAMPLE_MS })
  delay.enable()
  // The timer's own period is part of what it measures.
  const late = (ns: number) => [[Math.max(0, ns / SECOND_NS - SAMPLE_MS / 1_000)]] as const
  observe('nodejs.eventloop.delay.p50', () => late(delay.percentile(50)))
  observe('nodejs.eventloop.delay.p99', () => late(delay.percentile(99)))
  observe('nodejs.eventloop.delay.max', () => {
    const worst = late(delay.max)
    // The last of the three to be asked, by the table's order.
    delay.reset()
    return worst
  })
  let last = performance.eventLoopUtilization()
  observe('nodejs.eventloop.utilization', () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, last)
    last = now
    return [[utilization]]
  })
  observe('process.cpu.time', () => {
    const { user, system } = process.cpuUsage()
    return [
      [user / SECOND_US, 'user'],
      [system / SECOND_US, 'system'],
    ]
  })
  observe('process.memory.usage', () => [[process.memoryUsage.rss()]])
}
