CREATE TABLE payment (
  payment_id   uuid PRIMARY KEY,
  order_id     uuid NOT NULL,
  user_id      uuid NOT NULL,
  amount_cents bigint NOT NULL CHECK (amount_cents >= 0),
  currency     text NOT NULL CHECK (length(currency) = 3),
  outcome      text NOT NULL,
  hold_until   timestamptz(3) NOT NULL,
  delay_ms     integer NOT NULL,
  traceparent  text,
  state        text NOT NULL DEFAULT 'requested'
               CHECK (state IN ('requested', 'processing', 'settled', 'failed')),
  reason       text,
  tries        integer NOT NULL DEFAULT 0,
  try_at       timestamptz(3) NOT NULL DEFAULT now(),
  requested_at timestamptz(3) NOT NULL DEFAULT now(),
  ended_at     timestamptz(3),
  CHECK ((state IN ('settled', 'failed')) = (ended_at IS NOT NULL)),
  CHECK ((state = 'failed') = (reason IS NOT NULL))
);

-- Only those whose end is not known: finding what is due does not grow with all the payments there ever were.
CREATE INDEX payment_due ON payment (try_at) WHERE state IN ('requested', 'processing');
CREATE INDEX payment_order ON payment (order_id);

-- No reference to the payment: Kafka may bring the two in any order.
CREATE TABLE refund (
  refund_id    uuid PRIMARY KEY,
  payment_id   uuid NOT NULL,
  order_id     uuid NOT NULL,
  user_id      uuid NOT NULL,
  amount_cents bigint NOT NULL CHECK (amount_cents >= 0),
  currency     text NOT NULL CHECK (length(currency) = 3),
  cause        text NOT NULL,
  traceparent  text,
  state        text NOT NULL DEFAULT 'requested' CHECK (state IN ('requested', 'settled')),
  tries        integer NOT NULL DEFAULT 0,
  try_at       timestamptz(3) NOT NULL DEFAULT now(),
  requested_at timestamptz(3) NOT NULL DEFAULT now(),
  settled_at   timestamptz(3),
  CHECK ((state = 'settled') = (settled_at IS NOT NULL))
);
CREATE INDEX refund_due ON refund (try_at) WHERE state = 'requested';
CREATE INDEX refund_order ON refund (order_id);

-- The inbox of webhooks, written in the transaction of the effect.
CREATE TABLE webhook (
  event_id text PRIMARY KEY,
  seen_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX webhook_seen_at ON webhook USING brin (seen_at);

-- For telling and hearing events, as the kit asks. No inbox: rows are inserted by key.
CREATE TABLE outbox (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic      text NOT NULL,
  events     text NOT NULL,
  count      integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  sent_at    timestamptz
);
-- Compressing rows that are read once costs more than it saves.
ALTER TABLE outbox ALTER COLUMN events SET STORAGE EXTERNAL;
-- Each row leaves the index below soon after it came: clean up by rows told, not by the size of the table.
ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at IS NULL;

-- Messages nobody could work on, for a human to look at.
CREATE TABLE dead_letter (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consumer     text NOT NULL,
  topic        text NOT NULL,
  partition    integer NOT NULL,
  kafka_offset bigint NOT NULL,
  sent_at      timestamptz NOT NULL,
  key          text,
  value        text,
  error        text NOT NULL,
  at           timestamptz NOT NULL DEFAULT now(),
  replayed_at  timestamptz,
  UNIQUE (consumer, topic, partition, kafka_offset, sent_at)
);
