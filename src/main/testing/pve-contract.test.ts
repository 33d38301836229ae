import { expect, it } from 'vitest'
import { deviations } from './pve-contract.ts'
import { inPveLab } from './pve-session.ts'
import { takeExchanges } from './pve-watch.ts'

it('catches an answer that is not as the facts say', async () => {
  await inPveLab({}, async ({ call, frontEnd, world }) => {
    await call('GET', '/version')
    expect(takeExchanges().flatMap(deviations)).toEqual([])
    const guest = world.guest('vm:100')
    Object.assign(guest.spec, { cpus: 'many' })
    await call('GET', '/nodes/pve1/qemu')
    await frontEnd.carryOutAsRoot('pve1', 'GET', '/nodes/pve1/qemu', {})
    const found = takeExchanges().flatMap(deviations)
    const text = 'GET /nodes/pve1/qemu (8.4): data[0].cpus is no number: "many"'
    expect(found).toEqual([text, text])
  })
})

it('catches a request that was accepted although the facts refuse it', () => {
  const exchange = { release: '8.4', method: 'GET', path: '/nodes/pve1/tasks', body: '{"data":[]}' } as const
  expect(deviations({ ...exchange, given: { limit: '5', errors: '1', source: 'all' } })).toEqual([])
  expect(deviations({ ...exchange, given: { limit: 'few', source: 'none', colour: 'red' } })).toEqual([
    'GET /nodes/pve1/tasks (8.4): parameter limit is no integer: few',
    'GET /nodes/pve1/tasks (8.4): parameter source is none',
    'GET /nodes/pve1/tasks (8.4): parameter colour is not in the facts',
  ])
  const path = '/nodes/pve1/qemu/100/migrate'
  expect(deviations({ ...exchange, method: 'POST', path, given: {}, body: '{"data":null}' })).toEqual([
    `POST ${path} (8.4): parameter target is missing`,
    `POST ${path} (8.4): data is null`,
  ])
})
