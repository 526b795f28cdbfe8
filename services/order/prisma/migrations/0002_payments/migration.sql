-- paying: the payment under way. The order does not expire before paying_until, nor take another one.
-- paid_by: the payment that paid it.
ALTER TABLE orders
  ADD COLUMN paying       uuid,
  ADD COLUMN paying_until timestamptz(3),
  ADD COLUMN paid_by      uuid,
  ADD COLUMN refund_until timestamptz(3),
  ADD CONSTRAINT orders_paid_by CHECK ((state IN ('paid', 'refunded')) = (paid_by IS NOT NULL)),
  ADD CONSTRAINT orders_paying CHECK ((paying IS NULL) = (paying_until IS NULL));

DROP INDEX orders_pending;
CREATE INDEX orders_pending ON orders (greatest(expires_at, paying_until)) WHERE state = 'pending';

-- A step need not change the state: a payment asked for or failed, or money that went back, is a step too.
ALTER TABLE order_step DROP CONSTRAINT order_step_state_check;
ALTER TABLE order_step ADD CONSTRAINT order_step_state_check
  CHECK (state IN ('pending', 'paid', 'cancelled', 'expired', 'refunded'));

-- Payments as their orders see them. Late: the money came when the order had ended.
CREATE TABLE payment (
  payment_id   uuid PRIMARY KEY,
  order_id     uuid NOT NULL,
  user_id      uuid NOT NULL,
  at           timestamptz(3) NOT NULL DEFAULT now(),
  outcome      text NOT NULL,
  delay_ms     integer NOT NULL CHECK (delay_ms >= 0),
  state        text NOT NULL DEFAULT 'requested'
               CHECK (state IN ('requested', 'settled', 'failed', 'late', 'refunding', 'refunded')),
  fail_reason  text,
  refund_cause text CHECK (refund_cause IN ('buyer', 'late', 'surplus', 'wrong-amount')),
  refund_print bigint,
  refunded_at  timestamptz(3),
  told_at      timestamptz(3) NOT NULL DEFAULT now(),
  FOREIGN KEY (user_id, order_id) REFERENCES orders (user_id, order_id)
);
CREATE INDEX payment_order ON payment (order_id, at);
CREATE INDEX payment_late ON payment (at) WHERE state = 'late';
CREATE INDEX payment_open ON payment (told_at) WHERE state IN ('requested', 'refunding');
-- One payment pays an order.
CREATE UNIQUE INDEX payment_settled ON payment (order_id) WHERE state = 'settled';
