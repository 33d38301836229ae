import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../../base/seeded-random.ts'
import { VirtualClock } from '../../../../base/virtual-clock.ts'
import { worldParameters } from '../../parameters.ts'
import { CephCluster } from '../ceph-cluster.ts'
import { cephCommand } from './ceph-command.ts'
import { ageText, bytesText, countText } from './number-text.ts'

const nodes = ['pve1', 'pve2', 'pve3']

async function restingCluster(): Promise<CephCluster> {
  const clock = new VirtualClock()
  const cluster = new CephCluster({
    nodes,
    rules: { size: 3, minSize: 2 },
    guestCount: 4,
    scheduler: clock,
    random: seededRandom(1),
    parameters: worldParameters(),
    reaches: () => true,
    log: () => {},
    ioChanged: () => {},
  })
  await clock.run(async () => {
    for (const node of nodes) cluster.start(node, 1)
    await clock.sleep(300_000)
  })
  return cluster
}

describe('commands of a Ceph client', () => {
  it('prints a status in the recorded form', async () => {
    const answer = cephCommand(await restingCluster(), 'pve1', ['-s'])
    expect(answer).toMatchObject({ kind: 'answered', exitCode: 0 })
    const text = answer.kind === 'answered' ? answer.stdout : ''
    expect(text).toMatch(/^ {2}cluster:\n {4}id: {5}\S+\n {4}health: HEALTH_OK\n \n {2}services:\n/)
    expect(text).toContain('    mon: 3 daemons, quorum pve1,pve2,pve3 (age ')
    expect(text).toContain('    pgs:     33 active+clean\n \n')
  })

  it('begins JSON with an empty line, as the client does', async () => {
    const answer = cephCommand(await restingCluster(), 'pve1', ['osd', 'tree', '-f', 'json'])
    const text = answer.kind === 'answered' ? answer.stdout : ''
    expect(text.startsWith('\n{"nodes":[{"id":-1,"name":"default"')).toBe(true)
  })

  it('is silent while no monitor answers', async () => {
    const cluster = await restingCluster()
    for (const node of nodes) cluster.monitors.stop(node, true)
    expect(cephCommand(cluster, 'pve1', ['health'])).toEqual({ kind: 'silent' })
  })

  it('refuses words that are no command', async () => {
    expect(cephCommand(await restingCluster(), 'pve1', ['osd', 'pray'])).toMatchObject({ exitCode: 22 })
  })
})

// Figures of a Ceph 16.2.15 cluster: 331350597 bytes were shown as 316 MiB, 3957 objects as 3.96k.
describe('numbers', () => {
  it.each([
    [331_350_597, '316 MiB'],
    [4_525_916_765, '4.2 GiB'],
    [80_530_636_800, '75 GiB'],
    [0, '0 B'],
    [139_910, '137 KiB'],
    [6_700, '6.5 KiB'],
  ])('prints %i bytes as %s', (bytes, text) => expect(bytesText(bytes)).toBe(text))
  it.each([
    [3957, '3.96k'],
    [84, '84'],
    [1117, '1.12k'],
  ])('prints a count of %i as %s', (count, text) => expect(countText(count)).toBe(text))
  it.each([
    [0.879512, '0.879512s'],
    [1.63485, '1.63485s'],
    [80.4, '80s'],
    [125, '2m'],
    [7300, '2h'],
  ])('prints an age of %f s as %s', (seconds, text) => expect(ageText(seconds)).toBe(text))
})
