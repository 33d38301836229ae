/** Power over the node VMs, the part every hypervisor has. Creating and destroying VMs belongs to the build wizard. */
export type VmPower = 'on' | 'off' | 'paused'

export interface VmState {
  readonly name: string
  readonly power: VmPower
}

export interface HypervisorDriver {
  readonly id: string
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
