CREATE TABLE orders (
  user_id          uuid NOT NULL,
  order_id         uuid NOT NULL,
  sale_id          uuid NOT NULL,
  trace_id         uuid NOT NULL,
  placed_at        timestamptz(3) NOT NULL,
  expires_at       timestamptz(3) NOT NULL,
  quantity         integer NOT NULL CHECK (quantity >= 1),
  unit_price_cents integer NOT NULL CHECK (unit_price_cents >= 0),
  version          integer NOT NULL DEFAULT 0 CHECK (version >= 0),
  currency         text NOT NULL CHECK (length(currency) = 3),
  state            text NOT NULL DEFAULT 'pending'
                   CHECK (state IN ('pending', 'paid', 'cancelled', 'expired', 'refunded')),
  PRIMARY KEY (user_id, order_id)
);

-- Holds only what may still expire: finding the overdue does not grow with all the orders there ever were.
CREATE INDEX orders_pending ON orders (expires_at) WHERE state = 'pending';

CREATE TABLE order_step (
  order_id uuid NOT NULL,
  version  integer NOT NULL CHECK (version >= 1),
  at       timestamptz(3) NOT NULL DEFAULT now(),
  state    text NOT NULL CHECK (state IN ('paid', 'cancelled', 'expired', 'refunded')),
  cause    text NOT NULL,
  PRIMARY KEY (order_id, version)
);

-- For telling and hearing events, as the kit asks. No inbox: the row of an order says what was seen.
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
