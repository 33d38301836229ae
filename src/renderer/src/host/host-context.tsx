/** Hands the host, the settings, the recipes and the list of runs to every screen. */
import { createContext, type ReactNode, useContext, useEffect } from 'react'
import { useStore } from 'zustand'
import type { StoreApi } from 'zustand/vanilla'
import type { Connection } from './connection.ts'
import type { RecipesState } from './recipes-store.ts'
import type { RunsState } from './runs-store.ts'
import type { SettingsState } from './settings-store.ts'
import type { WindowHost } from './window-host.ts'

interface HostContextValue {
  readonly host: WindowHost
  readonly settings: StoreApi<SettingsState>
  readonly recipes: StoreApi<RecipesState>
  readonly runs: StoreApi<RunsState>
}

const HostContext = createContext<HostContextValue | null>(null)

export function HostProvider({ value, children }: { value: HostContextValue; children: ReactNode }) {
  return <HostContext value={value}>{children}</HostContext>
}

function useHostContext(): HostContextValue {
  const value = useContext(HostContext)
  if (value === null) throw new Error('no HostProvider above this component')
  return value
}

/** Calls and streams of the host; the same object for the life of the window. */
export function useHost(): WindowHost {
  return useHostContext().host
}

export function useSettings<T>(select: (state: SettingsState) => T): T {
  return useStore(useHostContext().settings, select)
}

/** Recipes come with the product; they are asked for when the first screen needs them. */
export function useRecipes(): RecipesState {
  const { recipes } = useHostContext()
  const state = useStore(recipes)
  useEffect(() => {
    void recipes.getState().load()
  }, [recipes])
  return state
}

export function useRuns<T>(select: (state: RunsState) => T): T {
  return useStore(useHostContext().runs, select)
}

export function useConnection(): Connection {
  return useStore(useHost().connection)
}
