/** The user's settings and what the host says of itself; a copy of the host's state, changed only through it. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Settings } from '../../../shared/domain/settings.ts'
import type { AppInfo } from '../../../shared/host-api/table.ts'
import type { Problem } from '../../../shared/problems/problem.ts'
import { problemOf, type WindowHost } from './window-host.ts'

export interface SettingsState {
  /** Absent until the host has answered. */
  readonly settings?: Settings
  readonly info?: AppInfo
  readonly problem?: Problem
  load(): Promise<void>
  /** Resolves to false when the host refused; `problem` then says why. */
  change(changes: Partial<Settings>): Promise<boolean>
}

export function createSettingsStore(host: WindowHost): StoreApi<SettingsState> {
  return createStore<SettingsState>((set) => {
    const withoutProblem = (state: SettingsState): SettingsState => {
      const { problem: _problem, ...rest } = state
      return rest
    }
    return {
      async load() {
        try {
          const [settings, info] = await Promise.all([
            host.call('settings.get', null),
            host.call('app.info', null),
          ])
          set((state) => ({ ...withoutProblem(state), settings, info }), true)
        } catch (error) {
          set({ problem: problemOf(error) })
        }
      },
      async change(changes) {
        try {
          const settings = await host.call('settings.change', changes)
          set((state) => ({ ...withoutProblem(state), settings }), true)
          return true
        } catch (error) {
          set({ problem: problemOf(error) })
          return false
        }
      },
    }
  })
}
