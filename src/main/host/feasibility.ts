/** What real laptops could hold of a recipe's trials. The embedded lab runs all of them, whatever this says. */
import type { FeasibilityRow } from '../../shared/domain/feasibility.ts'
import type { Recipe, Trial } from '../../shared/domain/recipe.ts'

/** Windows, a browser and this program: 30 % of the memory, at least 6 GiB (measured laptops, rule of thumb). */
const hostShare = 0.3
const hostMinimumMiB = 6 * 1024
/** Proxmox VE with one monitor, manager and OSD, tuned for a lab (3 to 4 GB observed; the lower end). */
const nodeOwnNeedMiB = 3 * 1024
/** Extra memory a hypervisor takes for each running node VM (150 to 300 MB; the middle). */
const perNodeOverheadMiB = 225
/** Below this spare memory the lab works only while nothing else runs. */
const tightBelowMiB = 1536

export function feasibilityOf(
  recipe: Recipe,
  laptopSizesGiB: readonly number[] = [16, 24, 32],
): readonly FeasibilityRow[] {
  return recipe.trials.flatMap((trial) => laptopSizesGiB.map((size) => rowOf(recipe, trial, size)))
}

function rowOf(recipe: Recipe, trial: Trial, laptopRamGiB: number): FeasibilityRow {
  const nodes = recipe.nodeNames.length
  const laptopMiB = laptopRamGiB * 1024
  const nodesRamMiB = nodes * trial.node.ramMiB
  const guestsRamMiB = recipe.guests
    .filter((guest) => trial.guests.includes(guest.id))
    .reduce((sum, guest) => sum + guest.ramMiB, 0)
  const laptopSpareMiB =
    laptopMiB - Math.max(hostMinimumMiB, hostShare * laptopMiB) - nodesRamMiB - nodes * perNodeOverheadMiB
  const spareAfterNodeLossMiB = (nodes - 1) * (trial.node.ramMiB - nodeOwnNeedMiB) - guestsRamMiB
  const worst = Math.min(laptopSpareMiB, spareAfterNodeLossMiB)
  return {
    trial: trial.id,
    laptopRamGiB,
    nodesRamMiB,
    guestsRamMiB,
    laptopSpareMiB: Math.round(laptopSpareMiB),
    spareAfterNodeLossMiB: Math.round(spareAfterNodeLossMiB),
    verdict: worst < 0 ? 'does-not-fit' : worst < tightBelowMiB ? 'tight' : 'fits',
  }
}
