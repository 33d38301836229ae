/** The daemons of a node by the API: shown, started, stopped. */
import type { NodeUnit } from '../../world/node-units.ts'
import { refuseParameters } from '../api-error.ts'
import { type Call, type Handler, type Handlers, index } from '../handler.ts'
import { stateOfUnit, type Unit, units } from './units.ts'

export const serviceHandlers: Handlers = {
  'GET /nodes/{node}/services': (call) => units.map((unit) => stateOfUnit(call, unit)),
  'GET /nodes/{node}/services/{service}': (call) => {
    unitOf(call)
    return index('subdir', 'state start stop restart reload')(call)
  },
  'GET /nodes/{node}/services/{service}/state': (call) => stateOfUnit(call, unitOf(call)),
  'POST /nodes/{node}/services/{service}/start': change('srvstart', (call, name, done) => {
    start(call, name)
    done()
  }),
  'POST /nodes/{node}/services/{service}/stop': change('srvstop', stop),
  'POST /nodes/{node}/services/{service}/restart': change('srvrestart', (call, name, done) =>
    stop(call, name, () => {
      start(call, name)
      done()
    }),
  ),
  // Daemons that can load their files anew do so without a gap.
  'POST /nodes/{node}/services/{service}/reload': change('srvreload', (_call, _name, done) => done()),
}

function unitOf({ parameters }: Call): Unit {
  const name = parameters.required('service')
  return units.find((unit) => unit.name === name) ?? refuseParameters({ service: 'no such service' })
}

/** systemd needs about that long (recorded for pvestatd). */
const unitMs = 400

function change(type: string, work: (call: Call, name: string, done: () => void) => void): Handler {
  return (call) => {
    const { lab, node, caller } = call
    const { name } = unitOf(call)
    const task = lab.beginTask(node, type, name, caller.label)
    lab.machine(node).scope.after(unitMs, () => {
      work(call, name, () => task.end())
    })
    return task.upid
  }
}

/** Units that make a difference to the world; the others only have their task. */
function nodeUnit(name: string): NodeUnit | undefined {
  const known = ['pve-ha-crm', 'pve-ha-lrm', 'corosync', 'pve-cluster'] as const
  return known.find((unit) => unit === name)
}

/** HA's daemons put their affairs in order before they end. */
function stop({ lab, node }: Call, name: string, done: () => void): void {
  const machine = lab.machine(node)
  const unit = nodeUnit(name)
  if (unit !== undefined) {
    lab.world.units.stop(machine, unit, done)
    return
  }
  if (name === 'pveproxy' || name === 'pvedaemon') machine.setCondition(name, 'stopped')
  done()
}

function start({ lab, node }: Call, name: string): void {
  const machine = lab.machine(node)
  const unit = nodeUnit(name)
  if (unit !== undefined) lab.world.units.start(machine, unit)
  else if (name === 'pveproxy' || name === 'pvedaemon') machine.setCondition(name, 'running')
}
