import type { NetworkName } from '../../shared/domain/lab.ts'

/** Power over the node VMs, the part every hypervisor has. Creating and destroying VMs belongs to the build wizard. */
export type VmPower = 'on' | 'off' | 'paused'

export interface VmState {
  readonly name: string
  readonly power: VmPower
}

/** Stops the processors of a VM and lets them go on. Both are idempotent. */
export interface VmPausing {
  pause(name: string, signal: AbortSignal): Promise<void>
  resume(name: string, signal: AbortSignal): Promise<void>
}

/** Hold of the cables between VMs. All commands are idempotent. */
export interface VmLinks {
  /** Plugs the VM's adapter of that network in, or pulls it. */
  setLink(name: string, network: NetworkName, connected: boolean, signal: AbortSignal): Promise<void>
  isLinkUp(name: string, network: NetworkName, signal: AbortSignal): Promise<boolean>
  /** These VMs reach each other on that network, and all others each other, but nobody of the other part. */
  partition(network: NetworkName, side: readonly string[], signal: AbortSignal): Promise<void>
  /** The network is one again; links that were pulled stay pulled. */
  join(network: NetworkName, signal: AbortSignal): Promise<void>
}

/** What a hypervisor cannot do is absent. */
export interface HypervisorDriver {
  readonly id: string
  readonly pausing?: VmPausing
  readonly links?: VmLinks
  listVms(signal: AbortSignal): Promise<readonly VmState[]>
  /** Rejects with a Problem when no VM of ours has that name. */
  inspectVm(name: string, signal: AbortSignal): Promise<VmState>
  /** Idempotent: a VM that runs is left running. */
  startVm(name: string, signal: AbortSignal): Promise<void>
  /** Presses the power button (ACPI); returns when pressed, not when the VM is off. */
  shutDownVm(name: string, signal: AbortSignal): Promise<void>
  /** Cuts the power without asking. Idempotent. */
  cutPower(name: string, signal: AbortSignal): Promise<void>
}
