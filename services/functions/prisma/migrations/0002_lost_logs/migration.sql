-- Which log of a topic each consumer has begun to read from its beginning. No row means the first.
CREATE TABLE heard (
  consumer   text NOT NULL,
  topic      text NOT NULL,
  partition  integer NOT NULL,
  generation integer NOT NULL,
  PRIMARY KEY (consumer, topic, partition)
);
