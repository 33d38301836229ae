/** What the HA manager's resource scheduler asks: its options in the cluster's file, and sizes and use in the lab. */
import type { LabGuest } from '../../../shared/domain/lab.ts'
import type { Capacity, DatacenterOptions, Load } from '../ha/cluster-data.ts'
import type { UsageSource } from '../ha/environment.ts'
import type { MachineLoad } from './machine-load.ts'
import type { World } from './world.ts'

const bytesPerMebibyte = 1024 * 1024

/** `crs` as the file has it, an object of texts; what cannot be read counts as not given. */
export function schedulerOptionsOf(crs: unknown): Exclude<DatacenterOptions['crs'], undefined> {
  const given = typeof crs === 'object' && crs !== null ? (crs as Readonly<Record<string, unknown>>) : {}
  const text = (name: string) => {
    const value = given[name]
    return typeof value === 'string' ? value : undefined
  }
  const flag = (name: string) => {
    const value = text(name)
    return value === undefined ? undefined : ['1', 'on', 'yes', 'true'].includes(value)
  }
  const number = (name: string) => {
    const value = Number(text(name) ?? Number.NaN)
    return Number.isFinite(value) ? value : undefined
  }
  const options = {
    ha: text('ha'),
    rebalanceOnStart: flag('ha-rebalance-on-start'),
    autoRebalance: flag('ha-auto-rebalance'),
    autoRebalanceThreshold: number('ha-auto-rebalance-threshold'),
    autoRebalanceMethod: text('ha-auto-rebalance-method'),
    autoRebalanceHoldDuration: number('ha-auto-rebalance-hold-duration'),
    autoRebalanceMargin: number('ha-auto-rebalance-margin'),
  }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

/** Configured sizes of nodes and guests, and what they use now. */
export function createUsageSource(world: World, load: MachineLoad): UsageSource {
  const { lab, parameters } = world
  const sizeOf = ({ cpus, ramMiB }: { readonly cpus: number; readonly ramMiB: number }): Capacity => ({
    maxcpu: cpus,
    maxmem: ramMiB * bytesPerMebibyte,
  })
  const busyProcessors = (guest: LabGuest) =>
    world.guest(guest.id).isRunning ? guest.cpus * parameters.guestBusyProcessors : 0
  return {
    readStaticFigures: () => ({
      nodes: new Map(lab.nodes.map((node) => [node.name, sizeOf(node)])),
      services: new Map(lab.guests.map((guest) => [guest.id, sizeOf(guest)])),
    }),
    readDynamicFigures: () => ({
      nodes: new Map(
        lab.nodes.map((node): [string, Load] => {
          const guests = lab.guests.filter(({ id }) => world.guest(id).host === node.name)
          const cpu = guests.reduce((sum, guest) => sum + busyProcessors(guest), 0)
          return [node.name, { ...sizeOf(node), cpu, mem: load.demandMiB(node) * bytesPerMebibyte }]
        }),
      ),
      services: new Map(
        lab.guests.map((guest): [string, Load] => [
          guest.id,
          {
            ...sizeOf(guest),
            cpu: busyProcessors(guest),
            mem: world.guest(guest.id).isRunning ? load.residentMiB(guest) * bytesPerMebibyte : 0,
          },
        ]),
      ),
    }),
  }
}
