import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import type { ClientChannel } from 'ssh2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasSystemSsh, openSshLab, type SshLab } from '../../testing/ssh-lab.ts'

let lab: SshLab

beforeAll(async () => {
  lab = await openSshLab(50)
})

afterAll(async () => {
  await lab.close()
  expect(lab.failures).toEqual([])
})

const realDelay = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

describe('a client of the library', () => {
  it('logs in with the password and sees the quorum', async () => {
    const { stdout, stderr, code } = await lab.run('pve1', 'pvecm status')
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    expect(stdout).toContain('Quorate:          Yes\n')
    expect(stdout).toContain('0x00000001          1 10.9.0.11 (local)\n')
  })

  it('sees the health of Ceph, as text and as JSON', async () => {
    const { stdout } = await lab.run('pve2', 'ceph -s')
    expect(stdout).toContain('health: HEALTH_OK')
    const { stdout: json } = await lab.run('pve3', 'ceph health detail -f json')
    expect(JSON.parse(json)).toEqual({ status: 'HEALTH_OK', checks: {}, mutes: [] })
  })

  it('is told what is not there', async () => {
    expect(await lab.run('pve1', 'nosuch')).toEqual({
      stdout: '',
      stderr: 'bash: line 1: nosuch: command not found\n',
      code: 127,
    })
  })

  it('is refused with a wrong password, and as anybody but root', async () => {
    const wrong = { level: 'client-authentication' }
    await expect(lab.connect('pve1', { password: 'wrong' })).rejects.toMatchObject(wrong)
    await expect(lab.connect('pve1', { username: 'student' })).rejects.toMatchObject(wrong)
    const ticket = lab.serving.frontEnd.lab.accountsOf('pve1').createTicket('root@pam')
    await expect(lab.connect('pve1', { password: ticket })).rejects.toMatchObject(wrong)
  })

  it('gets a shell that remembers, edits and ends', async () => {
    const client = await lab.connect('pve1')
    const channel = await new Promise<ClientChannel>((resolve, reject) =>
      client.shell((error, opened) => (error === undefined ? resolve(opened) : reject(error))),
    )
    let shown = ''
    let code: number | undefined
    channel.on('data', (data: Buffer) => (shown += data.toString()))
    channel.on('exit', (exitCode: number) => (code = exitCode))
    const closed = new Promise((resolve) => channel.on('close', resolve))
    await expect.poll(() => shown).toContain('root@pve1:~# ')
    channel.write('qm lisx\u007ft\r')
    await expect.poll(() => shown).toContain('VMID NAME')
    channel.write('nosuch\r')
    await expect.poll(() => shown).toContain('\r\n-bash: nosuch: command not found\r\n')
    shown = ''
    channel.write('\u001b[A')
    await expect.poll(() => shown).toContain('root@pve1:~# nosuch')
    channel.write('\u0003')
    // A command that would go on for ever ends with the key that interrupts.
    channel.write('watch pvecm nodes\r')
    await expect.poll(() => shown).toContain('Every 2.0s')
    channel.write('\u0003')
    await expect.poll(() => shown).toContain('^C\r\n\rroot@pve1:~# ')
    shown = ''
    channel.write('echo code $?\r')
    await expect.poll(() => shown).toContain('code 130\r\n')
    channel.write('exit 3\r')
    await closed
    client.end()
    expect(code).toBe(3)
  })
})

describe.runIf(hasSystemSsh)("the system's own client", () => {
  it('logs in with a key to a host it knows, and sees the quorum', async () => {
    const { stdout, stderr, code } = await lab.runBySystem('pve2', 'pvecm status && ceph -s')
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    expect(stdout).toContain('0x00000002          1 10.9.0.12 (local)\n')
    expect(stdout).toContain('health: HEALTH_OK')
  })
})

describe.runIf(!hasSystemSsh)("the system's own client", () => {
  it.skip('is not here: there is no ssh to run', () => {})
})

describe('a node that fares badly', () => {
  it('refuses connections while it is off, and ends those it had', async () => {
    const client = await lab.connect('pve3')
    const ended = once(client, 'close')
    lab.serving.world.node('pve3').cutPower()
    await ended
    await expect(lab.connect('pve3')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('takes connections and says nothing while packets are lost', async () => {
    const { world } = lab.serving
    const client = await lab.connect('pve2')
    world.network.setLink('pve2', 'management', false)
    await realDelay(100)
    const { host, port } = lab.shellOf('pve2')
    const socket = connectTcp(port, host)
    let heard = ''
    socket.on('data', (data) => (heard += data.toString()))
    let answered = ''
    client.exec('pvecm nodes', (_error, channel) => {
      channel.on('data', (data: Buffer) => (answered += data.toString()))
    })
    await realDelay(300)
    expect({ heard, answered }).toEqual({ heard: '', answered: '' })
    world.network.setLink('pve2', 'management', true)
    await expect.poll(() => answered).toContain('pve2 (local)')
    socket.destroy()
    client.end()
  })
})
