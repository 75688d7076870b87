-- Forgets transitions that have been told; a later one of the same user is still to be told.
--
-- KEYS: transitions, untold
-- ARGV: of each user: id, transition
local transitions, untold = KEYS[1], KEYS[2]
for at = 1, #ARGV, 2 do
  if redis.call('HGET', transitions, ARGV[at]) == ARGV[at + 1] then
    redis.call('HDEL', transitions, ARGV[at])
    redis.call('ZREM', untold, ARGV[at])
  end
end
return 1
