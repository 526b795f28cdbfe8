-- Takes free units out of a view, or puts some in, while they move between segments of a sale.
--
-- KEYS  gate
-- ARGV  epoch, units (less than nought: out)
-- reply 1 when done, 0 when the view is missing or of another epoch, or has not so many
local gate = redis.call('HMGET', KEYS[1], 'epoch', 'left')
if gate[1] ~= ARGV[1] or tonumber(gate[2]) + tonumber(ARGV[2]) < 0 then return 0 end
redis.call('HINCRBY', KEYS[1], 'left', ARGV[2])
return 1
