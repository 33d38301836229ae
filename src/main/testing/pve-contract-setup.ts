/**
 * Runs before every file of tests, so that no test can forget it: whatever a lab's API answers with success, in
 * process, over HTTPS or to a program over SSH, is held against the facts, and a deviation fails the test.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, inject } from 'vitest'
import { takeExchanges } from './pve-watch.ts'

/** Endpoints this file had an answer of, each with its release. */
const answered = new Set<string>()

afterEach(check)
afterAll(async () => {
  // What a file asks of its lab before, between and after its tests.
  await check()
  if (answered.size > 0)
    writeFileSync(
      join(inject('apiCoverageFolder'), `${process.pid}-${performance.now()}`),
      [...answered].join('\n'),
    )
})

async function check(): Promise<void> {
  const seen = takeExchanges()
  if (seen.length === 0) return
  const { deviations, endpointOf } = await import('./pve-contract.ts')
  for (const exchange of seen) answered.add(`${exchange.release} ${endpointOf(exchange)}`)
  const found = new Set(seen.flatMap(deviations))
  if (found.size > 0) throw new Error(`not as the facts of the API say:\n${[...found].join('\n')}`)
}
