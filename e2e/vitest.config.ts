import { defineConfig } from 'vitest/config'

/** Tests of the built program: run `npm run build` first. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.e2e.ts'],
    // The built program is loaded as Node would, not taken apart again.
    server: { deps: { external: [/\/out\//] } },
    // Whatever reaches for the real Electron after all must not download it.
    env: { ELECTRON_OVERRIDE_DIST_PATH: 'no-electron-in-tests' },
    globalSetup: './check-build.ts',
    // A journey waits for several things, each up to a minute on a busy machine.
    testTimeout: 240_000,
    hookTimeout: 120_000,
    // What a page shows may come a moment after what was waited for.
    expect: { poll: { timeout: 30_000 } },
    maxWorkers: 2,
  },
})
