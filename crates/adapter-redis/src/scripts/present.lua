-- Tells who has a socket ('connected'), or is in the grace after it ('online').
--
-- KEYS: leaving, then the gateways of each user
-- ARGV: 'connected' or 'online', then the id of each user
-- Returns the places (from 0) of those who do.
local reply = {}
for place = 0, #KEYS - 2 do
  if redis.call('EXISTS', KEYS[2 + place]) == 1
    or (ARGV[1] == 'online' and redis.call('ZSCORE', KEYS[1], ARGV[2 + place])) then
    reply[#reply + 1] = place
  end
end
return reply
