// What the environment says. Nothing here has a default that would make a measurement something else.

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

export const settings = {
  host: process.env.HOST ?? '127.0.0.1',
  port: Number(required('PORT')),
  mongodb: required('MONGODB_URL'),
  redis: required('REDIS_URL'),
  secret: required('JWT_SECRET'),
  tokenTtl: process.env.TOKEN_TTL ?? '12h',
};
