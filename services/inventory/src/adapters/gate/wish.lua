-- Takes units for a wish that is to be queued, or says why not: one step, all checks before the first write.
--
-- KEYS  shelf, users, claims (of the stage async)
-- ARGV  claimId, userId, quantity, '1' while the sale is open
-- reply 'missing' (nothing is known of this sale here) | 'taken' | 'known' (this claim was here before)
--       | 'key-reused' | 'not-open' | 'limit' | 'sold-out'
local shelf = redis.call('HMGET', KEYS[1], 'left', 'limit', 'goneAt')
if not shelf[1] then return 'missing' end
local quantity = tonumber(ARGV[3])
local earlier = redis.call('HGET', KEYS[3], ARGV[1])
if earlier then
  return tonumber(string.match(earlier, '^%d+')) == quantity and 'known' or 'key-reused'
end
if ARGV[4] ~= '1' then return 'not-open' end
local used = tonumber(redis.call('HGET', KEYS[2], ARGV[2]) or 0)
if used + quantity > tonumber(shelf[2]) then return 'limit' end
if quantity > tonumber(shelf[1]) then return 'sold-out' end

redis.call('HINCRBY', KEYS[1], 'left', -quantity)
redis.call('HINCRBY', KEYS[2], ARGV[2], quantity)
redis.call('HSET', KEYS[3], ARGV[1], ARGV[3] .. ' ' .. ARGV[2] .. ' live')
for i = 2, 3 do redis.call('PEXPIREAT', KEYS[i], shelf[3]) end
return 'taken'
