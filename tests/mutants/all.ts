import { CLOCK_MUTANTS } from './clocks.ts'
import { CONSTRAINT_MUTANTS } from './constraints.ts'
import { EVENT_MUTANTS } from './events.ts'
import { FUNCTION_MUTANTS } from './functions.ts'
import { GATE_MUTANTS } from './gate.ts'
import { GATEWAY_MUTANTS } from './gateway.ts'
import { LEDGER_MUTANTS } from './ledger.ts'
import { LOG_MUTANTS } from './logs.ts'
import { LOST_LOG_MUTANTS } from './lost-logs.ts'
import { MONEY_MUTANTS } from './money.ts'
import type { Mutant } from './mutant.ts'
import { ORDER_MUTANTS } from './order.ts'
import { STAGE_MUTANTS } from './stages.ts'
import { TRACING_MUTANTS } from './tracing.ts'
import { WATCH_MUTANTS } from './watch.ts'

/** All planted defects: `npm run mutate` takes them one at a time. */
export const MUTANTS: readonly Mutant[] = [
  ...GATE_MUTANTS,
  ...LEDGER_MUTANTS,
  ...STAGE_MUTANTS,
  ...ORDER_MUTANTS,
  ...MONEY_MUTANTS,
  ...FUNCTION_MUTANTS,
  ...GATEWAY_MUTANTS,
  ...EVENT_MUTANTS,
  ...LOST_LOG_MUTANTS,
  ...CLOCK_MUTANTS,
  ...CONSTRAINT_MUTANTS,
  ...WATCH_MUTANTS,
  ...LOG_MUTANTS,
  ...TRACING_MUTANTS,
]
