/** What can be set going from Home: resuming an interrupted run. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Speed } from '../../../../shared/host-api/table.ts'
import type { Problem } from '../../../../shared/problems/problem.ts'
import { problemOf, type WindowHost } from '../../host/window-host.ts'

export interface HomeState {
  /** The run being resumed right now. */
  readonly resuming: string | null
  readonly problem: Problem | null
  /** Resolves to true when the host has taken the run up again. */
  resume(run: string, speed: Speed): Promise<boolean>
}

export function createHomeStore(host: WindowHost): StoreApi<HomeState> {
  return createStore<HomeState>((set) => ({
    resuming: null,
    problem: null,
    async resume(run, speed) {
      set({ resuming: run, problem: null })
      try {
        await host.call('runs.resume', { run, speed })
        return true
      } catch (error) {
        set({ problem: problemOf(error) })
        return false
      } finally {
        set({ resuming: null })
      }
    },
  }))
}
