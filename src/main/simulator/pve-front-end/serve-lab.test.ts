import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { type RequestOptions, request } from 'node:https'
import { connect } from 'node:net'
import { PveClient } from '@corsinvest/cv4pve-api-javascript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../base/seeded-random.ts'
import { VirtualClock } from '../../base/virtual-clock.ts'
import { labPassword, threeNodes } from '../../testing/pve-session.ts'
import { type ServingLab, serveLab } from './serve-lab.ts'

/** Fast enough to wait for tasks, slow enough for a client's requests to take little of the lab's time. */
const speed = 50

const clock = new VirtualClock()
const stop = new AbortController()
const failures: unknown[] = []
let serving: ServingLab
let running: Promise<unknown>

beforeAll(async () => {
  serving = await serveLab({
    lab: threeNodes,
    group: 'control',
    clock,
    random: seededRandom(3),
    firstPort: 0,
    rootPassword: labPassword,
    lookEveryMs: 20 * speed,
    failed: (error) => failures.push(error),
  })
  clock.at(250_000, () => clock.setSpeed(speed))
  running = clock.run(() => clock.sleepUntil(Number.POSITIVE_INFINITY, stop.signal).catch(() => {}))
  await untilServed('pve3')
})

afterAll(async () => {
  stop.abort()
  await running
  await serving.close()
  expect(failures).toEqual([])
})

const realDelay = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

function portOf(node: string): number {
  return Number(
    serving.nodes
      .find((served) => served.node === node)
      ?.address.split(':')
      .at(-1),
  )
}

async function untilServed(node: string): Promise<void> {
  while (clock.nowMs() < 250_000 || serving.frontEnd.reachability(node) !== 'answering') await realDelay(20)
  await realDelay(50)
}

interface Wire {
  readonly status: number | undefined
  readonly reason: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly fingerprint: string
}

async function ask(options: RequestOptions, body?: string): Promise<Wire> {
  const sent = request({
    host: '127.0.0.1',
    port: portOf('pve1'),
    agent: false,
    rejectUnauthorized: false,
    ...options,
  })
  sent.end(body)
  const [response] = await once(sent, 'response')
  // The socket of an answer without a length is gone when the answer has been read.
  const fingerprint: string = response.socket.getPeerCertificate().fingerprint256
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part)
  const names = response.rawHeaders.filter((_text: string, at: number) => at % 2 === 0)
  return {
    status: response.statusCode,
    reason: response.statusMessage,
    headers: Object.fromEntries(
      names.map((name: string) => [name, String(response.headers[name.toLowerCase()])]),
    ),
    body: Buffer.concat(parts).toString('utf8'),
    fingerprint,
  }
}

describe('the lab over HTTPS', () => {
  it('shows the certificate it announced', async () => {
    const { fingerprint } = await ask({ path: '/api2/json/access/ticket' })
    expect(fingerprint).toBe(serving.nodes[0]?.fingerprint)
  })

  it('puts the recorded header sets on the wire', async () => {
    const withBody = await ask({ path: '/api2/json/access/ticket' })
    expect(Object.keys(withBody.headers).sort()).toEqual([
      'Cache-Control',
      'Connection',
      'Content-Length',
      'Content-Type',
      'Date',
      'Expires',
      'Pragma',
      'Server',
    ])
    const bare = await ask({ path: '/api2/json/version' })
    expect(bare).toMatchObject({ status: 401, reason: 'No ticket', body: '' })
    expect(Object.keys(bare.headers).sort()).toEqual([
      'Cache-Control',
      'Connection',
      'Date',
      'Expires',
      'Pragma',
      'Server',
    ])
  })

  it.each([
    ['HEAD', {}, undefined, 501, "method 'HEAD' not available"],
    ['OPTIONS', {}, undefined, 501, "method 'OPTIONS' not available"],
    ['GET', { 'Content-Length': '3' }, 'a=1', 501, "Unexpected content for method 'GET'"],
    ['POST', { 'Transfer-Encoding': 'chunked' }, 'a=1', 501, 'chunked transfer encoding not supported'],
    [
      'POST',
      { 'Content-Type': 'text/plain', 'Content-Length': '3' },
      'a=1',
      506,
      "upload 'Content-Type 'text/plain' not implemented",
    ],
  ] as const)('refuses %s %j', async (method, headers, body, status, reason) => {
    const path = '/api2/json/access/ticket'
    expect(await ask({ method, headers: { ...headers }, path }, body)).toMatchObject({ status, reason })
  })

  it('says back what it did not understand in bytes that a status line may hold', async () => {
    const headers = {
      Cookie: `PVEAuthCookie=${serving.frontEnd.lab.accountsOf('pve1').createTicket('root@pam')}`,
    }
    const { status, reason } = await ask({ path: '/api2/json/%E2%82%AC%0A%0Dx', headers })
    expect(status).toBe(501)
    expect(Buffer.from(reason ?? '', 'latin1').toString('utf8')).toMatch(/^Method 'GET \/€/)
  })

  it('refuses a body that is announced too large without waiting for it', async () => {
    const sent = request({
      host: '127.0.0.1',
      port: portOf('pve1'),
      agent: false,
      rejectUnauthorized: false,
      method: 'POST',
      path: '/api2/json/access/ticket',
      headers: { 'Content-Length': '600000' },
    })
    sent.on('error', () => {})
    sent.flushHeaders()
    const [response] = await once(sent, 'response')
    expect(response.statusMessage).toBe('for data too large')
    sent.destroy()
  })

  it('takes a file larger than any other body, and lists it', async () => {
    const image = Buffer.alloc(2 ** 20, 'x').toString()
    const part = (name: string, more: string, content: string) =>
      `--XyZ\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${content}\r\n`
    const body = `${part('content', '', 'iso')}${part('filename', '; filename="large.iso"', image)}--XyZ--\r\n`
    const Cookie = `PVEAuthCookie=${serving.frontEnd.lab.accountsOf('pve1').createTicket('root@pam')}`
    const storage = '/api2/json/nodes/pve1/storage/local'
    const headers = {
      Cookie,
      'Content-Type': 'multipart/form-data; boundary=XyZ',
      'Content-Length': String(body.length),
    }
    const sent = await ask({ method: 'POST', path: `${storage}/upload`, headers }, body)
    expect(sent).toMatchObject({ status: 200, body: expect.stringContaining(':imgcopy::root@pam:') })
    await realDelay(200)
    const listed = await ask({ path: `${storage}/content?content=iso`, headers: { Cookie } })
    expect(JSON.parse(listed.body)).toMatchObject({
      data: [{ volid: 'local:iso/large.iso', size: 2 ** 20 }],
    })
  })

  it('shows a chain that the authority of the lab has signed', async () => {
    const { certificates } = serving.frontEnd.lab
    const authority = new X509Certificate(certificates.authorityPem ?? '')
    const own = new X509Certificate(certificates.of('pve1')?.pem ?? '')
    expect(own.verify(authority.publicKey)).toBe(true)
    expect(own.checkIssued(authority)).toBe(true)
    expect(own.checkIP('127.0.0.1')).toBe('127.0.0.1')
  })

  it('answers an independent client library, which starts a guest and follows the task', async () => {
    const client = new PveClient('127.0.0.1', portOf('pve2'))
    expect(await client.login('root', labPassword, 'pam')).toBe(true)
    const nodes = await client.get('/nodes')
    expect(nodes.response.data.map(({ node }: { node: string }) => node)).toEqual(['pve1', 'pve2', 'pve3'])
    const stopping = await client.create('/nodes/pve2/qemu/101/status/stop')
    await client.waitForTaskToFinish(stopping.response.data, 50, 5000)
    const starting = await client.create('/nodes/pve2/qemu/101/status/start')
    expect(starting.isSuccessStatusCode).toBe(true)
    await client.waitForTaskToFinish(starting.response.data, 50, 5000)
    expect(await client.getExitStatusTask(starting.response.data)).toBe('OK')
    const current = await client.nodes.get('pve2').qemu.get(101).status.current.vmStatus()
    expect(current.response.data).toMatchObject({ vmid: 101, status: 'running' })
  })

  it('refuses connections of a node without power, and takes them again when it has booted', async () => {
    serving.world.node('pve3').cutPower()
    await realDelay(100)
    await expect(ask({ port: portOf('pve3'), path: '/' })).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    serving.world.node('pve3').powerOn()
    await untilServed('pve3')
    expect((await ask({ port: portOf('pve3'), path: '/' })).status).toBe(200)
  })

  it('lets a connection behind a broken link hang', async () => {
    serving.world.network.setLink('pve2', 'management', false)
    await realDelay(100)
    const socket = connect(portOf('pve2'), '127.0.0.1')
    await once(socket, 'connect')
    socket.write('hello?')
    const answer = await Promise.race([once(socket, 'data'), once(socket, 'close'), realDelay(300)])
    expect(answer).toBeUndefined()
    socket.destroy()
    serving.world.network.setLink('pve2', 'management', true)
    await realDelay(100)
    expect((await ask({ port: portOf('pve2'), path: '/' })).status).toBe(200)
  })
})
