/** The draft of one recipe's run with its undo history, what is wrong with it, and its start. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Recipe } from '../../../../shared/domain/recipe.ts'
import type { Speed } from '../../../../shared/host-api/table.ts'
import type { Problem } from '../../../../shared/problems/problem.ts'
import { problemOf, type WindowHost } from '../../host/window-host.ts'
import { draftOf, isEdited, type PlanDraft, planOf, startRequestOf } from './plan-draft.ts'
import { issueOfProblem, issuesOf, type PlanIssue } from './plan-issues.ts'

export interface PlanState {
  readonly draft: PlanDraft
  readonly past: readonly PlanDraft[]
  readonly future: readonly PlanDraft[]
  readonly issues: readonly PlanIssue[]
  /** The fault shown in the form. */
  readonly selected: string | null
  readonly isStarting: boolean
  /** Why the last start failed. */
  readonly problem: Problem | null
  edit(change: (draft: PlanDraft) => PlanDraft): void
  undo(): void
  redo(): void
  select(fault: string | null): void
  /** Asks the host whether it would accept the faults as they are. */
  check(): Promise<void>
  /** Resolves to the run's id, or null when something is wrong; `issues` or `problem` then say what. */
  start(): Promise<string | null>
}

/** More steps back than anybody takes. */
const keptSteps = 100

export function createPlanStore(
  host: WindowHost,
  recipe: Recipe,
  planId: string | undefined,
  speed: Speed,
): StoreApi<PlanState> {
  return createStore<PlanState>((set, get) => {
    const show = (draft: PlanDraft, past: readonly PlanDraft[], future: readonly PlanDraft[]): void => {
      const isKept = draft.faults.some(({ id }) => id === get().selected)
      set({
        draft,
        past: past.slice(-keptSteps),
        future,
        issues: issuesOf(recipe, draft),
        selected: isKept ? get().selected : null,
        problem: null,
      })
    }
    const first = draftOf(recipe, planId, speed)

    return {
      draft: first,
      past: [],
      future: [],
      issues: issuesOf(recipe, first),
      selected: null,
      isStarting: false,
      problem: null,

      edit(change) {
        const { draft, past } = get()
        const next = change(draft)
        if (JSON.stringify(next) !== JSON.stringify(draft)) show(next, [...past, draft], [])
      },
      undo() {
        const { draft, past, future } = get()
        const before = past.at(-1)
        if (before) show(before, past.slice(0, -1), [draft, ...future])
      },
      redo() {
        const { draft, past, future } = get()
        const after = future[0]
        if (after) show(after, [...past, draft], future.slice(1))
      },
      select: (selected) => set({ selected }),

      async check() {
        const { draft } = get()
        const plan = planOf(recipe, draft)
        if (!plan || !isEdited(recipe, draft)) return
        try {
          await host.call('plans.check', { plan })
        } catch (error) {
          // An answer about an older draft says nothing about this one.
          if (get().draft !== draft) return
          const own = issuesOf(recipe, draft)
          if (own.length === 0) set({ issues: [issueOfProblem(draft, problemOf(error))] })
        }
      },

      async start() {
        const { draft, issues, isStarting } = get()
        if (isStarting || issues.length > 0) return null
        set({ isStarting: true, problem: null })
        try {
          const { run } = await host.call('runs.start', startRequestOf(recipe, draft))
          return run
        } catch (error) {
          set({ problem: problemOf(error) })
          return null
        } finally {
          set({ isStarting: false })
        }
      },
    }
  })
}
