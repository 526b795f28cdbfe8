import { openConsumer } from '@stampede/kit/events/consumer'
import type { KafkaLink } from '@stampede/kit/events/kafka'
import type { Log } from '@stampede/kit/log'
import type { Peer } from '@stampede/kit/peer'
import type { Pool, Tx } from '@stampede/kit/postgres'
import { putOffRows, returnRows, reviveRows, takeLate } from './adapters/late-postgres.ts'
import { askRow, failRows, findPayment, settleRows } from './adapters/payments-postgres.ts'
import { endRefundRows, findRefund, refundRow } from './adapters/refunds-postgres.ts'
import { retellRows } from './adapters/retell-postgres.ts'
import { reviveOver } from './adapters/revive-http.ts'
import type { Config } from './config.ts'
import { hearPayments } from './consumers/payment-ended.ts'
import type { PaymentWish, RefundWish } from './domain/payment.ts'
import { type PayingPorts, payOrder } from './pay-order.ts'
import { type RefundingPorts, refundOrder } from './refund-order.ts'
import { type LatePorts, returnLate, reviveLate } from './resolve-late.ts'
import { openRounds } from './rounds.ts'

/** Late payments in one transaction, and in one question to inventory, which takes its time for each. */
const LATE_MAX = 20
const RETELL_MAX = 100
const RETELL_EVERY_MS = 5_000

export interface MoneyMeans {
  readonly kafka: KafkaLink
  readonly writing: Pool
  readonly inventory: Peer
  /** A transaction, after which the relay is woken. */
  readonly commit: <T>(change: (tx: Tx) => Promise<T>) => Promise<T>
  readonly wakeRelay: () => void
  readonly find: PayingPorts['find']
}

/** The part of the service that deals with money: paying, giving back, and what comes too late. */
export function openMoney(means: MoneyMeans, config: Config, log: Log) {
  const { PAYING_HOLD_SECONDS: holdSeconds, REFUND_WINDOW_SECONDS: refundSeconds } = config
  const { kafka, writing, commit, wakeRelay, find } = means
  const chores = openChores(means, config, log)
  const consumer = openConsumer({
    kafka,
    pool: writing,
    log,
    group: 'order-payments',
    topics: ['payment.settled', 'payment.failed', 'refund.settled'],
    inbox: false,
    apply: hearPayments({
      settle: (tx, ids) => settleRows(tx, ids, refundSeconds),
      fail: failRows,
      endRefund: endRefundRows,
      onHeard(late) {
        wakeRelay()
        if (late) for (const each of chores.late) void each.sweep()
      },
    }),
  })
  const paying: PayingPorts = {
    ask: (wish) => commit((tx) => askRow(tx, wish, holdSeconds)),
    known: (wish) => findPayment(writing, wish),
    find,
  }
  const refunding: RefundingPorts = {
    refund: (wish) => commit((tx) => refundRow(tx, wish)),
    known: (wish) => findRefund(writing, wish),
    find,
  }

  return {
    pay: (wish: PaymentWish) => payOrder(paying, wish),
    refund: (wish: RefundWish) => refundOrder(refunding, wish),
    replay: consumer.replay,
    async close(): Promise<void> {
      await consumer.close()
      await chores.close()
    },
  }
}

/** What is done in rounds: late money finds its end, and what is not answered is asked for again. */
function openChores({ commit, inventory }: MoneyMeans, config: Config, log: Log) {
  const hold = reviveOver(inventory)
  const ports = (tx: Tx): LatePorts => ({
    take: (which) => takeLate(tx, which, LATE_MAX),
    hold,
    pay: (revived) => reviveRows(tx, revived, config.REFUND_WINDOW_SECONDS),
    putOff: (undecided) => putOffRows(tx, undecided),
    giveBack: (why, late) => returnRows(tx, why, late),
  })
  const sweep = (what: string, some: (ports: LatePorts) => Promise<number>) =>
    openRounds({
      doSome: () => commit((tx) => some(ports(tx))),
      chunkMax: 1,
      everyMs: config.SWEEP_EVERY_MS,
      log,
      away: `late payments wait to be ${what}; trying on`,
      back: `late payments are ${what} again`,
    })
  const late = [sweep('returned', returnLate), sweep('revived', reviveLate)]
  const retelling = openRounds({
    doSome: () => commit((tx) => retellRows(tx, RETELL_MAX, config.RETELL_AFTER_SECONDS)),
    chunkMax: RETELL_MAX,
    everyMs: RETELL_EVERY_MS,
    log,
    away: 'what is not answered cannot be asked for again; trying on',
    back: 'what is not answered is asked for again',
  })
  return {
    late,
    async close(): Promise<void> {
      await Promise.all([...late, retelling].map((each) => each.close()))
    },
  }
}
