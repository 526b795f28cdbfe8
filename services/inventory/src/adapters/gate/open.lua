-- Puts a freshly loaded view in place of the old one, unless a newer one stands there already.
--
-- KEYS  gate, users, claims, prints, pending, then the loaded users, claims, prints
-- ARGV  epoch, then field, value, … of the gate
-- reply 1 when opened, 0 when a view of the same or a newer epoch is there
local epoch = tonumber(redis.call('HGET', KEYS[1], 'epoch') or 0)
if epoch >= tonumber(ARGV[1]) then return 0 end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5])
for i = 1, 3 do
  if redis.call('EXISTS', KEYS[5 + i]) == 1 then redis.call('RENAME', KEYS[5 + i], KEYS[1 + i]) end
end
local users, claims = redis.call('HLEN', KEYS[2]), redis.call('HLEN', KEYS[3])
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'users', users, 'claims', claims, unpack(ARGV, 2))
-- An hour after the end, or after now when it has ended, the view goes by itself.
local time = redis.call('TIME')
local terms = redis.call('HMGET', KEYS[1], 'endsAt', 'ahead')
local goneAt = math.max(time[1] * 1000, tonumber(terms[1]) - tonumber(terms[2])) + 3600000
for i = 1, 5 do redis.call('PEXPIREAT', KEYS[i], string.format('%.0f', goneAt)) end
return 1
