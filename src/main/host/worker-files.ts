/** Where the worker threads' programs are: sources run as they are, a bundle has them beside its entries. */

/** Relative to this file in the sources; the same name with `.js` beside the bundle's entries. */
const sources = {
  'store-worker': '../store/store-worker.ts',
  'probe-worker': '../probes/probe-worker.ts',
  'self-test-responder': '../probes/self-test-responder.ts',
  'sweep-worker': './sweep/sweep-worker.ts',
} as const

export type WorkerName = keyof typeof sources

/** `runningFile` is the address of this module, which a bundle moves beside its entries. */
export function workerFile(name: WorkerName, runningFile: string = import.meta.url): URL {
  return new URL(runningFile.endsWith('.ts') ? sources[name] : `./${name}.js`, runningFile)
}
