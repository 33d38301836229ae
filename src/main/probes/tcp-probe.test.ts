import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type OutcomeCode, outcomeNameOf, outcomes } from '../../shared/domain/sample.ts'
import { SystemClock } from '../base/system-clock.ts'
import { judgedAs, probeOnce, probeTimes } from '../testing/probe-once.ts'
import { startServiceProcess } from '../testing/service-process.ts'
import { outcomeOfErrno, readLocalAddresses } from './network-errors.ts'
import { createTcpProber } from './tcp-probe.ts'

const local = readLocalAddresses()
const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

async function listen(host = '127.0.0.1'): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => socket.destroy())
  server.listen(0, host)
  await once(server, 'listening')
  cleanUps.push(() => server.close())
  return { server, port: (server.address() as AddressInfo).port }
}

function proberTo(ip: string, port: number) {
  const patience = { clock: new SystemClock(), repeatedAfterMs: Number.POSITIVE_INFINITY }
  return createTcpProber({ host: ip, ip, port, path: '' }, local, patience)
}

/** An even port in the range Linux draws source ports from, on which nobody listens. */
async function closedEvenPort(): Promise<number> {
  for (let port = 40_000; ; port += 2) {
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!isFree) continue
    server.close()
    return port
  }
}

async function serviceProcess() {
  const service = await startServiceProcess()
  cleanUps.push(() => service.stop())
  return service
}

describe('TCP probe', () => {
  it('is answered by a listening socket, on time and quickly', async () => {
    const { port } = await listen()
    const samples = await probeTimes(proberTo('127.0.0.1', port), 10)
    expect(judgedAs(samples)).toEqual(['ok'])
    for (const { rttUs, latenessUs, outcome } of samples) {
      if (outcome !== outcomes.ok) continue
      expect(rttUs).toBeGreaterThan(0)
      expect(rttUs).toBeLessThan(300_000)
      expect(latenessUs).toBeGreaterThanOrEqual(0)
    }
  })

  it('closes its connection at once', async () => {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanUps.push(() => server.close())
    const closed = once(server, 'connection').then(([socket]) => once(socket.resume(), 'close'))
    const { port } = server.address() as AddressInfo
    expect((await probeOnce(proberTo('127.0.0.1', port))).outcome).toBe(outcomes.ok)
    await closed
  })

  it('is refused where nobody listens', async () => {
    const { server, port } = await listen()
    server.close()
    await once(server, 'close')
    const sample = await probeOnce(proberTo('127.0.0.1', port))
    expect(outcomeNameOf(sample.outcome)).toBe('bad:refused')
    expect(sample.rttUs).toBeLessThan(50_000)
  })

  it.skipIf(process.platform !== 'linux')('does not take a meeting with itself for an answer', async () => {
    // Linux walks through its (even) source ports, so some connect of this many to a closed even port draws
    // that very port as its source and is connected to itself.
    const prober = proberTo('127.0.0.1', await closedEvenPort())
    const seen = new Map<string | undefined, number>()
    for (let count = 0; count < 15_000; count++) {
      const outcome = await new Promise<OutcomeCode>((resolve) => {
        prober.send({ tick: count, dueMs: 0, sentMs: 0, answer: resolve })
      })
      const name = outcomeNameOf(outcome)
      seen.set(name, (seen.get(name) ?? 0) + 1)
    }
    expect([...seen]).toEqual([['bad:refused', 15_000]])
  })

  it('counts a connect that the system must have repeated as late', async () => {
    const { port } = await listen()
    const clock = new SystemClock()
    const endpoint = { host: '127.0.0.1', ip: '127.0.0.1', port, path: '' }
    // Stands for Windows, where a connect after half a second is the repetition of a refused one.
    const prober = createTcpProber(endpoint, local, { clock, repeatedAfterMs: 0 })
    const sample = await probeOnce(prober, {}, clock)
    expect(outcomeNameOf(sample.outcome)).toBe('late')
    expect(sample.rttUs).toBeGreaterThan(0)
  })

  it('times out on silence, at twice the deadline', async (context) => {
    // 192.0.2.0/24 is reserved for documentation: nobody answers there, though a router may say so.
    const sample = await probeOnce(proberTo('192.0.2.77', 81), { deadlineMs: 200 })
    const name = outcomeNameOf(sample.outcome)
    if (name !== 'bad:timeout') context.skip(`this network answers for reserved addresses: ${name}`)
    expect(sample.rttUs).toBe(0)
  })

  it.skipIf(process.platform === 'win32')(
    'is still answered by a frozen process, and refused within 50 ms by a killed one',
    async () => {
      const { child, port } = await serviceProcess()
      child.kill('SIGSTOP')
      expect(outcomeNameOf((await probeOnce(proberTo('127.0.0.1', port))).outcome)).toBe('ok')
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
      const sample = await probeOnce(proberTo('127.0.0.1', port))
      expect(outcomeNameOf(sample.outcome)).toBe('bad:refused')
      expect(sample.rttUs).toBeLessThan(50_000)
    },
  )
})

describe('outcomeOfErrno', () => {
  it('tells the own computer from a router, and the target from a shortage of the observer', () => {
    expect(outcomeOfErrno('EHOSTUNREACH', true)).toBe(outcomes['bad:unreachable-local'])
    expect(outcomeOfErrno('EHOSTUNREACH', false)).toBe(outcomes['bad:unreachable-remote'])
    expect(outcomeOfErrno('ENETUNREACH', false)).toBe(outcomes['bad:unreachable-local'])
    expect(outcomeOfErrno('ECONNREFUSED', true)).toBe(outcomes['bad:refused'])
    expect(outcomeOfErrno('ECONNRESET', true)).toBe(outcomes['bad:reset'])
    expect(outcomeOfErrno('EMFILE', true)).toBe(outcomes['void:spawn-failed'])
    expect(outcomeOfErrno('EADDRNOTAVAIL', true)).toBe(outcomes['void:spawn-failed'])
    expect(outcomeOfErrno(undefined, false)).toBe(outcomes['bad:closed'])
  })

  it('knows loopback as an own address and a neighbour', () => {
    expect(local.own.has('127.0.0.1')).toBe(true)
    expect(local.isNeighbour('127.0.0.9')).toBe(true)
    expect(local.isNeighbour('198.51.100.1')).toBe(false)
  })
})
