import { describe, expect, it } from 'vitest'
import { planShutdown } from './shutdown-policy.ts'

describe('the plan of an LRM that is asked to end', () => {
  it.each([
    ['reboot', undefined, 'restart', true],
    ['shutdown', undefined, 'shutdown', true],
    ['shutdown', 'freeze', 'restart', true],
    ['reboot', 'failover', 'shutdown', true],
    ['shutdown', 'failover', 'shutdown', true],
    ['reboot', 'migrate', 'maintenance', false],
    ['reboot', 'odd', 'restart', true],
    [undefined, 'migrate', 'restart', false],
  ] as const)('%s with policy %s leads to mode %s', (kind, policy, mode, stopsGuests) => {
    expect(planShutdown(kind, policy, 'active')).toMatchObject({ mode, stopsGuests })
  })

  it('keeps maintenance and says which policy it ignores', () => {
    const plan = planShutdown('reboot', 'freeze', 'maintenance')
    expect(plan.mode).toBe('maintenance')
    expect(plan.log.at(-1)?.message).toBe(
      'reboot LRM, ignore freeze policy as manual maintenance mode is enabled',
    )
    expect(planShutdown('shutdown', 'migrate', 'maintenance').log.at(-1)?.message).toBe(
      'shutdown LRM, ignore maintenance policy, already in maintenance mode',
    )
    expect(planShutdown(undefined, 'freeze', 'maintenance')).toEqual({
      mode: 'maintenance',
      stopsGuests: false,
      log: [],
    })
  })

  it('tells of a policy it does not know', () => {
    expect(planShutdown('shutdown', 'odd', 'active').log).toContainEqual({
      level: 'err',
      message: "unknown shutdown policy 'odd', fall back to conditional",
    })
    expect(planShutdown(undefined, 'odd', 'active').log).toHaveLength(2)
  })
})
