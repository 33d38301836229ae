/** What real laptops could hold of a recipe's trials. The embedded lab runs all of them, whatever this says. */
import type { FeasibilityRow } from '../../shared/domain/feasibility.ts'
import type { Lab } from '../../shared/domain/lab.ts'
import type { Recipe } from '../../shared/domain/recipe.ts'

/** Windows, a browser and this program: 30 % of the memory, at least 6 GiB (measured laptops, rule of thumb). */
const hostShare = 0.3
const hostMinimumMiB = 6 * 1024
/** Proxmox VE with one monitor, manager and OSD, tuned for a lab (3 to 4 GB observed; the lower end). */
const nodeOwnNeedMiB = 3 * 1024
/** Extra memory a hypervisor takes for each running node VM (150 to 300 MB; the middle). */
const perNodeOverheadMiB = 225
/** Below this spare memory the lab works only while nothing else runs. */
const tightBelowMiB = 1536

/** Installed memory of the laptops students bring. */
const usualLaptopSizesGiB = [16, 24, 32] as const

export function feasibilityOf(recipe: Recipe): readonly FeasibilityRow[] {
  return recipe.trials.flatMap((trial) =>
    rowsOf({
      trial: trial.id,
      nodesRamMiB: recipe.nodeNames.map(() => trial.node.ramMiB),
      guestsRamMiB: recipe.guests
        .filter((guest) => trial.guests.includes(guest.id))
        .map((guest) => guest.ramMiB),
    }),
  )
}

export function labFeasibilityOf(lab: Lab): readonly FeasibilityRow[] {
  return rowsOf({
    trial: lab.name,
    nodesRamMiB: lab.nodes.map((node) => node.ramMiB),
    guestsRamMiB: lab.guests.map((guest) => guest.ramMiB),
  })
}

interface MemoryPlan {
  readonly trial: string
  readonly nodesRamMiB: readonly number[]
  readonly guestsRamMiB: readonly number[]
}

function rowsOf(plan: MemoryPlan): readonly FeasibilityRow[] {
  return usualLaptopSizesGiB.map((laptopRamGiB) => {
    const laptopMiB = laptopRamGiB * 1024
    const nodesRamMiB = sumOf(plan.nodesRamMiB)
    const guestsRamMiB = sumOf(plan.guestsRamMiB)
    const laptopSpareMiB =
      laptopMiB -
      Math.max(hostMinimumMiB, hostShare * laptopMiB) -
      nodesRamMiB -
      plan.nodesRamMiB.length * perNodeOverheadMiB
    // The largest node is the one whose loss hurts most.
    const leftNodesMiB = nodesRamMiB - Math.max(...plan.nodesRamMiB)
    const spareAfterNodeLossMiB = leftNodesMiB - (plan.nodesRamMiB.length - 1) * nodeOwnNeedMiB - guestsRamMiB
    const worst = Math.min(laptopSpareMiB, spareAfterNodeLossMiB)
    return {
      trial: plan.trial,
      laptopRamGiB,
      nodesRamMiB,
      guestsRamMiB,
      laptopSpareMiB: Math.round(laptopSpareMiB),
      spareAfterNodeLossMiB: Math.round(spareAfterNodeLossMiB),
      verdict: worst < 0 ? 'does-not-fit' : worst < tightBelowMiB ? 'tight' : 'fits',
    }
  })
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
