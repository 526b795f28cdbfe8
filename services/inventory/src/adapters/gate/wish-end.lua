-- Wishes ended: their buyers have used less of the limit and, where the units are really there, the shelf has
-- more. Each claim counts once, however often it is told.
--
-- KEYS  shelf, users, claims (of the stage async)
-- ARGV  how, then claim ids
--       forget: it never reached the queue; units back, and it may be made anew.
--       back:   units back, and a repeat is known to be one.
--       gone:   as `back`, but the shelf proper had no units for it: there is nothing to put back.
if redis.call('EXISTS', KEYS[1]) == 0 then return end
for i = 2, #ARGV do
  local record = redis.call('HGET', KEYS[3], ARGV[i])
  local units, userId = string.match(record or '', '^(%d+) (%S+) live$')
  if units then
    if redis.call('HINCRBY', KEYS[2], userId, -tonumber(units)) <= 0 then
      redis.call('HDEL', KEYS[2], userId)
    end
    if ARGV[1] ~= 'gone' then redis.call('HINCRBY', KEYS[1], 'left', units) end
    if ARGV[1] == 'forget' then
      redis.call('HDEL', KEYS[3], ARGV[i])
    else
      redis.call('HSET', KEYS[3], ARGV[i], units .. ' ' .. userId .. ' over')
    end
  end
end
