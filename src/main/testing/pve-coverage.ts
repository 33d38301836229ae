/** Says after the tests how much of the served API they had answers of, and lists the rest where asked to. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { endpointsOf } from '../simulator/pve-front-end/api-facts.ts'
import { releases } from '../simulator/pve-front-end/release.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Every file of tests leaves here what it had an answer of. */
    readonly apiCoverageFolder: string
  }
}

/** A file for the endpoints that no test had an answer of; not written if not given. */
const listFile = process.env.KUORUM_API_COVERAGE

/** Called by Vitest, before all tests; what it gives is called after them. */
export default function watchCoverage({ provide }: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'kuorum-api-coverage-'))
  provide('apiCoverageFolder', folder)
  return () => {
    const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
    rmSync(folder, { recursive: true })
    report(new Set(texts.flatMap((text) => text.split('\n'))))
  }
}

function report(answered: ReadonlySet<string>): void {
  if (answered.size === 0) return
  const served = releases.flatMap((release) =>
    endpointsOf(release).map(({ method, path }) => `${release} ${method} ${path}`),
  )
  const counts = releases.map((release) => {
    const own = served.filter((name) => name.startsWith(`${release} `))
    return `${release} ${own.filter((name) => answered.has(name)).length} of ${own.length}`
  })
  console.log(`endpoints of the embedded lab's API answered with success: ${counts.join(', ')}`)
  if (listFile !== undefined)
    writeFileSync(listFile, `${served.filter((name) => !answered.has(name)).join('\n')}\n`)
}
