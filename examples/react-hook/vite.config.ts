import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  base: './', // works below any path
  plugins: [react()],
  test: {
    env: { NATTER_BIN: process.env.NATTER_BIN ?? fileURLToPath(new URL('../../target/debug/natter', import.meta.url)) },
    environment: 'happy-dom',
    // The tests' page has no address of its own that the server could allow.
    environmentOptions: { happyDOM: { settings: { fetch: { disableSameOriginPolicy: true } } } },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
