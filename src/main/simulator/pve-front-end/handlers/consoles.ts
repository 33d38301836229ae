/** Consoles of guests and nodes: a port, a ticket for it and the task that waits there. Nothing shows a screen. */
import { createHash } from 'node:crypto'
import type { GuestMachine } from '../../world/guest-machine.ts'
import type { Call, Handlers } from '../handler.ts'
import { vmidOf } from '../served-lab.ts'
import { guestOf } from './guest-config.ts'

type Kind = GuestMachine['kind']

export const consoleHandlers: Handlers = {
  ...guestConsoles('vm', '/nodes/{node}/qemu/{vmid}'),
  ...guestConsoles('ct', '/nodes/{node}/lxc/{vmid}'),
  'POST /nodes/{node}/vncshell': (call) => withCertificate(call, open(call, 'vncshell', '')),
  'POST /nodes/{node}/termproxy': (call) => open(call, 'vncshell', ''),
}

function guestConsoles(kind: Kind, guest: string): Handlers {
  const idOf = (call: Call) => vmidOf(guestOf(call, kind))
  return {
    [`POST ${guest}/vncproxy`]: (call) => {
      const answer = withCertificate(call, open(call, 'vncproxy', idOf(call)))
      return call.parameters.flag('websocket') || call.parameters.flag('generate-password')
        ? { ...answer, password: passwordOf(answer.ticket) }
        : answer
    },
    [`POST ${guest}/termproxy`]: (call) => open(call, 'vncproxy', idOf(call)),
  }
}

const firstPort = 5900
const portCount = 100
/** Until the task gives up, because nobody came (an assumption). */
const patienceMs = 10_000

function open({ lab, node, caller }: Call, type: string, id: string) {
  const task = lab.beginTask(node, type, id, caller.label)
  const port =
    firstPort + ((lab.tasks.ofNode(node).filter((known) => known.type === type).length - 1) % portCount)
  const path = id === '' ? `/nodes/${node}` : `/vms/${id}`
  lab.machine(node).scope.after(patienceMs, () => task.end('connection timed out'))
  const ticket = lab.accountsOf(node).createConsoleTicket(caller.userid, path)
  return { user: caller.label, ticket, port: String(port), upid: task.upid }
}

function withCertificate<Answer>({ lab, node }: Call, answer: Answer) {
  return { ...answer, cert: lab.certificates.of(node)?.pem ?? '' }
}

const passwordLength = 8

/** Drawn on the real server, here from the ticket. */
function passwordOf(ticket: string): string {
  return createHash('sha256').update(ticket).digest('base64').slice(0, passwordLength)
}
