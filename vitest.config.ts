import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.{ts,tsx}', 'tools/**/*.test.ts'],
    testTimeout: 20_000,
    // Whatever reaches for the real Electron must not download it.
    env: { ELECTRON_OVERRIDE_DIST_PATH: 'no-electron-in-tests' },
  },
})
