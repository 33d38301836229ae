/** The recipes of this version. They do not change while the host lives, so they are asked for once. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Recipe } from '../../../shared/domain/recipe.ts'
import type { Problem } from '../../../shared/problems/problem.ts'
import { problemOf, type WindowHost } from './window-host.ts'

export interface RecipesState {
  /** Absent until the host has answered. */
  readonly recipes?: readonly Recipe[]
  readonly problem?: Problem
  load(): Promise<void>
}

export function createRecipesStore(host: WindowHost): StoreApi<RecipesState> {
  let asked: Promise<void> | undefined
  return createStore<RecipesState>((set, get) => {
    const ask = async (): Promise<void> => {
      try {
        const recipes = await host.call('recipes.list', null)
        set({ recipes, load: get().load }, true)
      } catch (error) {
        set({ problem: problemOf(error) })
      }
      asked = undefined
    }
    return {
      async load() {
        if (get().recipes) return
        asked ??= ask()
        await asked
      },
    }
  })
}
