import type { FaultKind } from '../fault.ts'
import { CLOCK } from './clock.ts'
import { FULL_DISK } from './full-disk.ts'
import { AGAIN, POISON } from './messages.ts'
import { KILL, PAUSE, RESTART } from './processes.ts'
import { FLUSH, QUEUES_LOST, ROLLBACK } from './redis.ts'
import { KAFKA_WIPED, TOPICS_DELETED } from './topics.ts'
import { CRUMBS, CUT, HALF_OPEN, LATENCY, NARROW, RESET } from './ways.ts'

/** All ways in which the system is broken. */
export const KINDS: readonly FaultKind[] = [
  ...[KILL, PAUSE, RESTART, CLOCK, FULL_DISK],
  ...[FLUSH, ROLLBACK, QUEUES_LOST],
  ...[TOPICS_DELETED, KAFKA_WIPED, AGAIN, POISON],
  ...[CUT, LATENCY, RESET, HALF_OPEN, CRUMBS, NARROW],
]
