/** Hold of single guests of an open lab, for faults that leave their node alone. */
export interface GuestControl {
  /** The guest's process is gone at once. */
  kill(guest: string, signal: AbortSignal): Promise<void>
  /** Starts a guest that does not run, unless HA does so by itself. */
  start(guest: string, signal: AbortSignal): Promise<void>
  /** Stops or starts the service that clients of the guest use. */
  stopService(guest: string, signal: AbortSignal): Promise<void>
  startService(guest: string, signal: AbortSignal): Promise<void>
  /** `absent`: no system runs in which there could be one. */
  serviceState(guest: string, signal: AbortSignal): Promise<'running' | 'stopped' | 'absent'>
}
