/** The list of probe kinds. A new kind is one file and one entry here (and its name in the plan's vocabulary). */

import type { ProbeKind } from '../../shared/domain/plan.ts'
import type { Series } from '../../shared/domain/sample.ts'
import { throwProblem } from '../../shared/problems/problem.ts'
import type { Clock } from '../contracts/clock.ts'
import { anySuccess, createHttpProber, type HttpExpectation } from './http-probe.ts'
import { createSingleIcmpProber } from './icmp-single-probe.ts'
import { createStreamIcmpProber } from './icmp-stream-probe.ts'
import type { LocalAddresses } from './network-errors.ts'
import { pingModeFor } from './ping-command.ts'
import { deadlinesListened } from './probe-lane.ts'
import {
  type ProbeEndpoint,
  type ProbeTarget,
  parseHost,
  parseHostAndPort,
  parseHttpUrl,
} from './probe-target.ts'
import type { Prober } from './prober.ts'
import { createTcpProber } from './tcp-probe.ts'

/** All that a prober is made from; plain data but for the clock and the addresses of this computer. */
export interface ProberSetup {
  readonly series: Series
  readonly endpoint: ProbeEndpoint
  readonly expectation: HttpExpectation | undefined
  readonly canStreamPing: boolean
  readonly clock: Clock
  readonly local: LocalAddresses
}

interface ProbeDefinition {
  parse(address: string): ProbeTarget | undefined
  /** Address family to look names up in; 0 for either. */
  readonly family: 0 | 4
  create(setup: ProberSetup): Prober
}

export const probeCatalogue: Readonly<Record<ProbeKind, ProbeDefinition>> = {
  icmp: {
    parse: parseHost,
    family: 4,
    create: ({ series, endpoint, canStreamPing, clock, local }) =>
      pingModeFor(series.intervalMs, canStreamPing) === 'stream'
        ? createStreamIcmpProber(endpoint, series.intervalMs, clock, local)
        : createSingleIcmpProber(endpoint, deadlinesListened * series.deadlineMs, local),
  },
  tcp: {
    parse: parseHostAndPort,
    family: 0,
    create: ({ endpoint, local, clock }) => createTcpProber(endpoint, local, { clock }),
  },
  http: {
    parse: parseHttpUrl,
    family: 0,
    create: ({ endpoint, expectation, local, clock }) =>
      createHttpProber(endpoint, expectation ?? anySuccess, local, { clock }),
  },
}

/** Reads what a series contacts. Throws `probe.bad-target`. */
export function parseProbeTarget(kind: ProbeKind, address: string): ProbeTarget {
  const target = probeCatalogue[kind].parse(address.trim())
  return target ?? throwProblem('probe.bad-target', { kind, target: address })
}
