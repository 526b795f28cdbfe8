-- A function to be called with an event. Due: a worker may take it when try_at has come. While one has it,
-- try_at lies ahead, so that another takes it only if the first was lost.
CREATE TABLE call (
  function text NOT NULL,
  event_id text NOT NULL,
  id       bigint GENERATED ALWAYS AS IDENTITY,
  event    text NOT NULL,
  state    text NOT NULL CHECK (state IN ('waiting', 'due', 'done', 'dead')),
  tries    integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
  try_at   timestamptz NOT NULL DEFAULT now(),
  error    text,
  result   jsonb,
  at       timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (function, event_id),
  CHECK ((state = 'done') = (result IS NOT NULL))
);
-- Holds only what is still to be done.
CREATE INDEX call_due ON call (try_at) WHERE state = 'due';
CREATE INDEX call_at ON call USING brin (at);
-- A row is changed two or three times soon after it came.
ALTER TABLE call SET (fillfactor = 70);

-- One for each order. The version is that of the order: what is older than what was done changes nothing.
CREATE TABLE coupon (
  order_id uuid PRIMARY KEY,
  user_id  uuid NOT NULL,
  code     text NOT NULL,
  percent  integer NOT NULL CHECK (percent BETWEEN 1 AND 100),
  state    text NOT NULL CHECK (state IN ('granted', 'revoked')),
  version  integer NOT NULL CHECK (version >= 0)
);

-- What an order earned and what was taken back of it, each at most once.
CREATE TABLE points (
  event_id text PRIMARY KEY,
  user_id  uuid NOT NULL,
  order_id uuid NOT NULL,
  kind     text NOT NULL CHECK (kind IN ('earned', 'reversed')),
  points   integer NOT NULL,
  UNIQUE (order_id, kind),
  CHECK (CASE kind WHEN 'earned' THEN points >= 0 ELSE points <= 0 END)
);

-- What a buyer is told, once for each event. That an order has expired is told again, by another event, when
-- money that came too late could not revive it. The buyer has heard it by then.
CREATE TABLE message (
  event_id text PRIMARY KEY,
  user_id  uuid NOT NULL,
  order_id uuid NOT NULL,
  topic    text NOT NULL,
  text     text NOT NULL,
  at       timestamptz NOT NULL DEFAULT now(),
  UNIQUE (order_id, topic)
);

-- For hearing events, as the kit asks.
CREATE TABLE inbox (
  consumer text NOT NULL,
  event_id text NOT NULL,
  seen_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, event_id)
);
CREATE INDEX inbox_seen_at ON inbox USING brin (seen_at);

-- Messages nobody could work on, and calls that failed too often, for a human to look at.
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
