-- Puts up what was read from the books, unless somebody else was first: what wishes took since must stay.
--
-- KEYS  shelf, users, claims (of the stage async), the new users and claims
-- ARGV  left, limit, when all of it may go (epoch ms)
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('DEL', KEYS[4], KEYS[5])
  return
end
redis.call('DEL', KEYS[2], KEYS[3])
redis.call('HSET', KEYS[1], 'left', ARGV[1], 'limit', ARGV[2], 'goneAt', ARGV[3])
for i = 2, 3 do
  if redis.call('EXISTS', KEYS[i + 2]) == 1 then redis.call('RENAME', KEYS[i + 2], KEYS[i]) end
end
for i = 1, 3 do redis.call('PEXPIREAT', KEYS[i], ARGV[3]) end
