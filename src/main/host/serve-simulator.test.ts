import { once } from 'node:events'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { ProblemError } from '../../shared/problems/problem.ts'
import { type ServingSimulator, serveSimulator } from './serve-simulator.ts'

const choices = {
  recipe: 'P0',
  group: 'treatment',
  seed: 1,
  speed: 300,
  release: '8.4',
  standalone: false,
} as const

async function logIn({ nodes, username, password }: ServingSimulator): Promise<number | undefined> {
  const sent = request(`${nodes[0]?.address}/api2/json/access/ticket`, {
    method: 'POST',
    agent: false,
    rejectUnauthorized: false,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  })
  sent.end(new URLSearchParams({ username, password }).toString())
  const [response] = await once(sent, 'response')
  response.resume()
  return response.statusCode
}

describe('the served simulator', () => {
  it('answers at the address and with the credentials it announces, until it is ended', async () => {
    const abort = new AbortController()
    const announced = Promise.withResolvers<ServingSimulator>()
    const failures: unknown[] = []
    const served = serveSimulator({
      ...choices,
      firstPort: 0,
      firstSshPort: 0,
      signal: abort.signal,
      onServing: announced.resolve,
      onFailure: (error) => failures.push(error),
    })
    const serving = await announced.promise
    expect(serving.nodes.map(({ node }) => node)).toEqual(['pve1', 'pve2', 'pve3'])
    // Nobody listens before the nodes have booted.
    await expect(logIn(serving)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await expect.poll(() => logIn(serving).catch(() => undefined), { timeout: 10_000 }).toBe(200)
    abort.abort()
    await served
    await expect(logIn(serving)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(failures).toEqual([])
  })

  it('says which port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const firstPort = typeof address === 'object' && address !== null ? address.port : 0
    const { signal } = new AbortController()
    const served = serveSimulator({
      ...choices,
      firstPort,
      firstSshPort: 0,
      signal,
      onServing: () => {},
      onFailure: () => {},
    })
    const error = await served.catch((thrown: unknown) => thrown)
    other.close()
    expect(error).toBeInstanceOf(ProblemError)
    expect((error as ProblemError).problem).toMatchObject({
      code: 'host.port-unavailable',
      params: { port: firstPort },
    })
  })
})
