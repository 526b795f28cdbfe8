-- What the broker has confirmed of each topic told here, to notice when it has lost it, and what is then due
-- again.
CREATE TABLE topic_log (
  topic        text PRIMARY KEY,
  log_id       text NOT NULL,
  generation   integer NOT NULL DEFAULT 1,
  ends         bigint[] NOT NULL DEFAULT '{}',
  retell_below bigint
);

-- Which log of a topic each consumer has begun to read from its beginning. No row means the first.
CREATE TABLE heard (
  consumer   text NOT NULL,
  topic      text NOT NULL,
  partition  integer NOT NULL,
  generation integer NOT NULL,
  PRIMARY KEY (consumer, topic, partition)
);
