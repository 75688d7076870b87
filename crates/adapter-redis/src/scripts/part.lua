-- Names the gone; where these are fewer than the limit, those whose grace is over join them.
--
-- KEYS: leaving, gone
-- ARGV: who left by then, limit
-- Returns of each: id, when they left.
local leaving, gone = KEYS[1], KEYS[2]
local limit = tonumber(ARGV[2])

local room = limit - redis.call('ZCARD', gone)
if room > 0 then
  local over = redis.call('ZRANGEBYSCORE', leaving, '-inf', ARGV[1], 'WITHSCORES', 'LIMIT', 0, room)
  for at = 1, #over, 2 do
    redis.call('ZREM', leaving, over[at])
    redis.call('ZADD', gone, over[at + 1], over[at])
  end
end
return redis.call('ZRANGE', gone, 0, limit - 1, 'WITHSCORES')
