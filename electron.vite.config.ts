import { resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'

const source = (path: string) => resolve(import.meta.dirname, 'src', path)

export default defineConfig({
  main: {
    build: {
      rollupOptions: {
        input: {
          index: source('main/index.ts'),
          cli: source('main/entries/cli/main.ts'),
          web: source('main/entries/web/main.ts'),
          'store-worker': source('main/store/store-worker.ts'),
          'probe-worker': source('main/probes/probe-worker.ts'),
          'self-test-responder': source('main/probes/self-test-responder.ts'),
          'sweep-worker': source('main/host/sweep/sweep-worker.ts'),
        },
        // All in one folder: an entry finds its workers beside itself, wherever the bundler put the code that asks.
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      rollupOptions: {
        input: { index: source('preload/index.ts') },
        // A sandboxed preload cannot be an ES module.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: source('renderer'),
    plugins: [react()],
    build: {
      minify: true,
      rollupOptions: { input: source('renderer/index.html') },
    },
  },
})
