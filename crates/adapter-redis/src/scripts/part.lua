-- Gives transitions that nobody is telling; where these are fewer than the limit, those whose grace
-- is over join them.
--
-- KEYS: leaving, transitions, untold
-- ARGV: now, who left by then goes offline, when what is given may be given again, limit
-- Returns of each: user, transition.
local leaving, transitions, untold = KEYS[1], KEYS[2], KEYS[3]
local limit = tonumber(ARGV[4])

local room = limit - redis.call('ZCOUNT', untold, '-inf', ARGV[1])
if room > 0 then
  local over = redis.call('ZRANGEBYSCORE', leaving, '-inf', ARGV[2], 'WITHSCORES', 'LIMIT', 0, room)
  for at = 1, #over, 2 do
    redis.call('ZREM', leaving, over[at])
    redis.call('HSET', transitions, over[at], '-' .. over[at + 1])
    redis.call('ZADD', untold, ARGV[1], over[at])
  end
end

local reply = {}
for _, user in ipairs(redis.call('ZRANGEBYSCORE', untold, '-inf', ARGV[1], 'LIMIT', 0, limit)) do
  redis.call('ZADD', untold, ARGV[3], user)
  reply[#reply + 1] = user
  reply[#reply + 1] = redis.call('HGET', transitions, user)
end
return reply
