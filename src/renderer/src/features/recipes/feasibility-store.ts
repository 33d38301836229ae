/** What real laptops could hold of a recipe; computed by the host. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { FeasibilityRow } from '../../../../shared/domain/feasibility.ts'
import type { Problem } from '../../../../shared/problems/problem.ts'
import { problemOf, type WindowHost } from '../../host/window-host.ts'

export interface FeasibilityState {
  readonly rows: readonly FeasibilityRow[] | null
  readonly problem: Problem | null
  load(): Promise<void>
}

export function createFeasibilityStore(host: WindowHost, recipe: string): StoreApi<FeasibilityState> {
  return createStore<FeasibilityState>((set) => ({
    rows: null,
    problem: null,
    async load() {
      try {
        set({ rows: await host.call('recipes.feasibility', { recipe }), problem: null })
      } catch (error) {
        set({ problem: problemOf(error) })
      }
    },
  }))
}
