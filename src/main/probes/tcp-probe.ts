import { connect } from 'node:net'
import { outcomes } from '../../shared/domain/sample.ts'
import { type ConnectPatience, wasRepeated } from './connect-patience.ts'
import { errnoOf, type LocalAddresses, outcomeOfErrno } from './network-errors.ts'
import type { ProbeEndpoint } from './probe-target.ts'
import type { Prober } from './prober.ts'

/**
 * TCP connect on a fresh socket that is closed as soon as it is open. Proves the kernel and a listening socket,
 * not the process behind it: a frozen process still answers. The deadline is the engine's and shorter than the
 * first repetition of a SYN (1 s): with a longer one the kernel's repetitions hide short outages.
 */
export function createTcpProber(
  endpoint: ProbeEndpoint,
  local: LocalAddresses,
  patience: ConnectPatience,
): Prober {
  const isNeighbour = local.isNeighbour(endpoint.ip)
  const isOwnAddress = local.own.has(endpoint.ip)
  return {
    sendsWithinMs: 0,
    send(attempt) {
      const socket = connect({ host: endpoint.ip, port: endpoint.port, autoSelectFamily: false })
      socket.once('connect', () => {
        // A connect to an own port that nobody listens on can meet itself when it draws that port as its source.
        const metItself = isOwnAddress && socket.localPort === endpoint.port
        socket.destroy()
        if (metItself) attempt.answer(outcomes['bad:refused'])
        else attempt.answer(wasRepeated(attempt, patience) ? outcomes.late : outcomes.ok)
      })
      socket.on('error', (error) => {
        attempt.answer(outcomeOfErrno(errnoOf(error), isNeighbour))
      })
      return () => socket.destroy()
    },
    close() {},
  }
}
