-- What this service tells (a row holds all events of one transaction and topic), what it has seen, what it could not use.
CREATE TABLE outbox (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic      text NOT NULL,
  events     text NOT NULL,
  count      integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  sent_at    timestamptz
);
ALTER TABLE outbox ALTER COLUMN events SET STORAGE EXTERNAL;
CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at IS NULL;

CREATE TABLE inbox (
  consumer text NOT NULL,
  event_id text NOT NULL,
  seen_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, event_id)
);

CREATE TABLE dead_letter (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consumer     text NOT NULL,
  topic        text NOT NULL,
  partition    integer NOT NULL,
  kafka_offset bigint NOT NULL,
  sent_at      timestamptz,
  key          text,
  value        text,
  error        text NOT NULL,
  at           timestamptz NOT NULL DEFAULT now(),
  replayed_at  timestamptz,
  UNIQUE (consumer, topic, partition, kafka_offset)
);
