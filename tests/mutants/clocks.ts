import type { Mutant } from './mutant.ts'

/** Whose clock counts. */
export const CLOCK_MUTANTS: readonly Mutant[] = [
  {
    name: 'sales begin and end by the clock of Redis',
    promise: 'nothing assumes anything of clocks',
    edits: [
      {
        file: 'services/inventory/src/adapters/gate/take.lua',
        text: 'local ahead = tonumber(gate[10])',
        put: 'local ahead = 0',
      },
    ],
    caughtBy: {
      file: 'services/inventory/test/clock.int.test.ts',
      test: "a sale begins and ends by the ledger's clock, 1 h ahead of Redis'",
    },
  },
  {
    name: 'that the clock of Redis was set is not carried into its views',
    promise: 'nothing assumes anything of clocks',
    edits: [
      {
        file: 'services/inventory/src/stages/reconciler.ts',
        text: 'Math.abs(view.ahead - ahead) <= AHEAD_MS_MAX',
        put: 'Math.abs(view.ahead - ahead) >= -AHEAD_MS_MAX',
      },
    ],
    caughtBy: {
      file: 'services/inventory/test/clock.int.test.ts',
      test: "when Redis' clock is set by 1 h, sales go on by the ledger's",
    },
  },
  {
    name: 'the gateway dates tokens by its own clock',
    promise: 'nothing assumes anything of clocks',
    edits: [
      {
        file: 'services/gateway/src/adapters/tokens-jwks.ts',
        text: '(zero ?? Number.POSITIVE_INFINITY) + performance.now()',
        put: 'zero === undefined ? Number.POSITIVE_INFINITY : Date.now()',
      },
    ],
    caughtBy: {
      file: 'services/gateway/src/adapters/tokens-jwks.test.ts',
      test: "tokens begin and end by the user service's clock, whatever the gateway's says",
    },
  },
  {
    name: 'until it is told the time the gateway dates tokens by its own clock',
    promise: 'nothing assumes anything of clocks',
    edits: [
      {
        file: 'services/gateway/src/adapters/tokens-jwks.ts',
        text: 'if (zero === undefined) return',
        put: 'zero ??= Date.now() - performance.now()',
      },
    ],
    caughtBy: {
      file: 'services/gateway/src/adapters/tokens-jwks.test.ts',
      test: 'until a time was told soon enough there is no word on anyone, and it is asked for again',
    },
  },
  {
    name: 'a process takes its own clock for that of the database',
    promise: 'nothing assumes anything of clocks',
    edits: [
      {
        file: 'packages/kit/src/clock.ts',
        text: 'Math.round((zero ?? 0) + performance.now())',
        put: 'Math.round(zero === 0 ? 0 : Date.now())',
      },
    ],
    caughtBy: {
      file: 'packages/kit/test/clock.int.test.ts',
      test: "it tells the database's time, whatever the machine's clock says",
    },
  },
]
