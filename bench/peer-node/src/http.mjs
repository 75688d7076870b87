// The HTTP API, as far as the measurements need it.

import express from 'express';

import { claims, logIn, register } from './accounts.mjs';
import { createConversation } from './conversations.mjs';
import { Failure, told } from './failure.mjs';

function caller(request, _response, next) {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ');
  try {
    request.userId = scheme === 'Bearer' ? claims(token).sub : undefined;
  } catch {
    // Told below, as where there is none.
  }
  next(request.userId ? undefined : new Failure('UNAUTHENTICATED', 'Invalid token'));
}

export function httpApi() {
  const app = express();
  app.disable('x-powered-by');
  app.get('/healthz', (_request, response) => { response.send('ok'); });
  app.use('/api', express.json({ limit: '64kb' }));
  app.post('/api/auth/register', async (request, response) => {
    response.status(201).json({ success: true, data: await register(request.body) });
  });
  app.post('/api/auth/login', async (request, response) => {
    response.json({ success: true, data: await logIn(request.body) });
  });
  app.post('/api/conversations', caller, async (request, response) => {
    const { conversation, created } = await createConversation(request.userId, request.body);
    response.status(created ? 201 : 200).json({ success: true, data: conversation });
  });
  app.use((_request, _response, next) => next(new Failure('NOT_FOUND', 'Not found')));
  // Express knows an error handler by its four parameters.
  app.use((error, _request, response, _next) => {
    const answer = told(error.type === 'entity.parse.failed' ? new Failure('VALIDATION', 'Invalid JSON') : error, 'Internal error');
    response.status(error.status ?? 500).json(answer);
  });
  return app;
}
