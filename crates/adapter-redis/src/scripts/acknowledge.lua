-- Forgets the gone of whom has been told; one who left at another time is still to be told of.
--
-- KEYS: gone
-- ARGV: of each user: id, when they left
for at = 1, #ARGV, 2 do
  local since = redis.call('ZSCORE', KEYS[1], ARGV[at])
  if since and tonumber(since) == tonumber(ARGV[at + 1]) then
    redis.call('ZREM', KEYS[1], ARGV[at])
  end
end
return 1
