import { describe, expect, it } from 'vitest'
import { labSchema } from '../../../shared/domain/lab.ts'
import type { InvariantId, Violation } from '../invariants/invariant.ts'
import type { World } from '../world/world.ts'
import { randomCampaign } from './random-campaign.ts'
import { type CampaignOptions, runCampaign } from './run-campaign.ts'

/** Campaigns within which a broken rule has to be noticed. */
const patience = 100

function logOf(seed: number): string[] {
  const lines: string[] = []
  runCampaign(randomCampaign(seed), {
    onLog: (atMs, { node, source, message }) => lines.push(`${atMs} ${node} ${source} ${message}`),
  })
  return lines
}

describe('random campaigns', () => {
  it('violate no invariant', () => {
    for (let seed = 1; seed <= 20; seed++)
      expect(runCampaign(randomCampaign(seed)).violations, `seed ${seed}`).toEqual([])
  }, 60_000)

  it('are the same for the same seed, to the byte, and others for another', () => {
    const [first, again, other] = [logOf(7), logOf(7), logOf(8)]
    expect(again).toEqual(first)
    expect(other).not.toEqual(first)
  })

  it('are of all sizes and lengths that were promised, and do every kind of thing', () => {
    const campaigns = Array.from({ length: 200 }, (_, seed) => randomCampaign(seed))
    expect(new Set(campaigns.map(({ lab }) => lab.nodes.length))).toEqual(new Set([3, 4, 5, 6, 7]))
    const hours = campaigns.map(({ lengthMs }) => lengthMs / 3_600_000)
    expect(Math.min(...hours)).toBeGreaterThanOrEqual(1)
    expect(Math.max(...hours)).toBeLessThanOrEqual(4)
    expect(Math.max(...hours) - Math.min(...hours)).toBeGreaterThan(2.5)
    for (const { lab } of campaigns) labSchema.parse(lab)
    const releases = new Set(campaigns.map(({ pveVersion }) => pveVersion.split('.')[0]))
    expect(releases).toEqual(new Set(['8', '9']))
    const hasCeph = campaigns.map(({ lab }) => lab.nodes.some(({ cephDiskGB }) => cephDiskGB > 0))
    expect(new Set(hasCeph)).toEqual(new Set([true, false]))
    const kinds = new Set(campaigns.flatMap(({ acts }) => acts.map(({ act }) => act.kind)))
    expect([...kinds].sort()).toMatchInlineSnapshot(`
      [
        "assign-group",
        "ceph",
        "continue-guest",
        "crash-service",
        "cut-power",
        "cut-server",
        "degrade",
        "expect-votes",
        "freeze",
        "ha-command",
        "join",
        "kill-guest",
        "kill-manager",
        "kill-monitor",
        "kill-osd",
        "kill-unit",
        "part",
        "pause-guest",
        "plug",
        "power-on",
        "press-button",
        "put-group",
        "put-rule",
        "reboot",
        "remove-rule",
        "request-state",
        "reset",
        "scheduler",
        "server-button",
        "server-on",
        "set-clock",
        "shutdown-policy",
        "split",
        "start-manager",
        "start-monitor",
        "start-osd",
        "start-service",
        "start-unit",
        "stop-service",
        "stop-unit",
        "suspend",
        "thaw",
        "unite",
        "unplug",
      ]
    `)
  })
})

/** First violation of an invariant in worlds with one rule broken, and how many campaigns it took. */
function firstViolation(
  invariant: InvariantId,
  broken: CampaignOptions,
): { campaigns: number; violation: Violation | undefined } {
  for (let seed = 1; seed <= patience; seed++) {
    const { violations } = runCampaign(randomCampaign(seed), broken)
    const violation = violations.find((each) => each.invariant === invariant)
    if (violation !== undefined) return { campaigns: seed, violation }
  }
  return { campaigns: patience, violation: undefined }
}

/** Every copy that a placement group has or gets passes for complete, whatever it missed. */
function claimCompleteness({ ceph }: World): void {
  for (const group of ceph.data.groups) {
    Object.defineProperty(group, 'hasSource', { get: () => true, set: () => {} })
    const { copies } = group
    const complete = { missing: 0, leftAtWritten: undefined, fromNothing: false }
    const set = copies.set.bind(copies)
    copies.set = (osd) => set(osd, new Proxy(complete, { set: () => true }))
    for (const osd of copies.keys()) copies.set(osd, complete)
  }
}

describe('a world with a broken rule is caught', () => {
  const brokenRules: readonly (readonly [rule: string, InvariantId, CampaignOptions])[] = [
    ['locks live 30 s', 'one-holder-per-lock', { parameters: { lockLifetime: 30 } }],
    ['the watchdog never bites', 'one-process-per-guest', { parameters: { watchdogClientTimeout: 86_400 } }],
    [
      'the cluster file system is written without quorum',
      'quorum-before-action',
      {
        prepare: ({ shared }) => {
          shared.canWrite = () => true
        },
      },
    ],
    [
      'pools ignore min_size',
      'min-size-before-write',
      {
        prepare: ({ ceph }) => {
          for (const pool of ceph.settings.pools) Object.assign(pool, { minSize: 1 })
        },
      },
    ],
    ['copies are used that missed the last writes', 'no-write-lost', { prepare: claimCompleteness }],
    [
      'no manager runs that could recover anything',
      'recovery-or-obstacle',
      {
        prepare: ({ ha }) => {
          ha.startCrm = () => {}
        },
      },
    ],
  ]

  it.each(brokenRules)(
    '%s: %s',
    (_rule, invariant, broken) => {
      const { campaigns, violation } = firstViolation(invariant, broken)
      expect(violation, `not within ${campaigns} campaigns`).toBeDefined()
    },
    60_000,
  )
})
