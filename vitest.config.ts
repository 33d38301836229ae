import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.{ts,tsx}', 'tools/**/*.test.ts'],
    // A limit for what hangs, not for what is slow: a busy machine may need many times its usual time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    setupFiles: ['src/main/testing/fixed-seed.ts'],
    // Much of the time is spent waiting for probes and workers, so two cores carry two files at once.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Whatever reaches for the real Electron must not download it.
    env: { ELECTRON_OVERRIDE_DIST_PATH: 'no-electron-in-tests' },
  },
})
