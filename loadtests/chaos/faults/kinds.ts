import type { FaultKind } from '../fault.ts'
import { CLOCK, KILL, PAUSE, RESTART } from './processes.ts'

/** All ways in which the system is broken. */
export const KINDS: readonly FaultKind[] = [KILL, PAUSE, RESTART, CLOCK]
