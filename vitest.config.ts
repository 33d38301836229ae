import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.{ts,tsx}', 'tools/**/*.test.ts'],
    // Every answer of a lab's API in any test is held against the facts of the published schema.
    setupFiles: ['src/main/testing/fixed-seed.ts', 'src/main/testing/pve-contract-setup.ts'],
    globalSetup: ['src/main/testing/pve-coverage.ts'],
    // A limit for what hangs, not for what is slow: a busy machine may need many times its usual time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Much of the time is spent waiting for probes and workers, so two cores carry two files at once.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Whatever reaches for the real Electron must not download it.
    env: { ELECTRON_OVERRIDE_DIST_PATH: 'no-electron-in-tests' },
  },
})
