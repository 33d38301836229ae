import { canServe, missingOn, type PlacementGroup, type PoolRules } from './placement.ts'

/** What besides its place decides how a group is called. */
export interface GroupCircumstances {
  readonly rules: PoolRules
  readonly peering: 'none' | 'peering' | 'lease'
  /** Objects are copied to one of its OSDs now. */
  readonly isRecovering: boolean
  /** Peers are silent for so long that those who use it wait. */
  readonly isLaggy: boolean
  /** Missing objects from which on an OSD serves only after it has them, and what a log alone restores. */
  readonly asyncRecovery: number
  readonly shortLog: number
}

/** A group as its primary reports it. */
export interface GroupState {
  readonly name: string
  readonly isActive: boolean
  readonly degradedCopies: number
  readonly misplacedCopies: number
  readonly isRemapped: boolean
  readonly isUndersized: boolean
  readonly acting: readonly number[]
}

/** The state a group is in nearly always. */
const clean = {
  name: 'active+clean',
  isActive: true,
  degradedCopies: 0,
  misplacedCopies: 0,
  isRemapped: false,
  isUndersized: false,
}

function isWhole(group: PlacementGroup, rules: PoolRules): boolean {
  if (group.acting.length < rules.size || !canServe(group, rules)) return false
  for (const osd of group.acting) if (missingOn(group, osd) > 0) return false
  return true
}

export function groupState(group: PlacementGroup, circumstances: GroupCircumstances): GroupState {
  const { rules, peering } = circumstances
  const hasSpareCopy = group.spares.length > 0
  if (peering === 'none' && !circumstances.isLaggy && isWhole(group, rules))
    return { ...clean, acting: group.acting }
  const incomplete = group.acting.filter((osd) => missingOn(group, osd) > 0)
  const missing = incomplete.reduce((sum, osd) => sum + missingOn(group, osd), 0)
  const absent = Math.max(0, rules.size - group.acting.length - group.spares.length)
  const needsAll = incomplete.some((osd) => isBackfill(group, osd, circumstances))
  const servesLater = incomplete.filter(
    (osd) => needsAll || missingOn(group, osd) > circumstances.asyncRecovery,
  )
  const withSpares = [...group.acting, ...group.spares].slice(0, rules.size + servesLater.length)
  const mayServeLater = servesLater.length > 0 && withSpares.length - servesLater.length >= rules.minSize
  const acting = mayServeLater ? withSpares.filter((osd) => !servesLater.includes(osd)) : withSpares
  const isRemapped = mayServeLater || (hasSpareCopy && group.acting.length < rules.size)
  const lacking = Math.ceil(absent * group.objects + missing)
  const isUndersized = absent > 0 || (mayServeLater && !hasSpareCopy)
  const isDegraded = lacking > 0 && !(hasSpareCopy && absent === 0)
  const isActive = peering !== 'peering' && canServe(group, rules)
  const shared = {
    isActive,
    degradedCopies: isDegraded ? lacking : 0,
    misplacedCopies: isDegraded ? 0 : Math.ceil(lacking),
    isRemapped,
    isUndersized,
    acting,
  }
  if (peering === 'peering')
    return {
      ...shared,
      name: isRemapped ? 'remapped+peering' : 'peering',
      degradedCopies: 0,
      misplacedCopies: 0,
    }
  return { ...shared, name: nameOf({ group, circumstances, ...shared, isDegraded, needsAll, missing }) }
}

/** In Ceph's order of words. */
function nameOf(of: {
  readonly group: PlacementGroup
  readonly circumstances: GroupCircumstances
  readonly isActive: boolean
  readonly isUndersized: boolean
  readonly isDegraded: boolean
  readonly isRemapped: boolean
  readonly needsAll: boolean
  readonly missing: number
}): string {
  const { group, circumstances, isActive, needsAll, missing } = of
  const copies = missing > 0
  const isServable = group.acting.length + group.spares.length >= circumstances.rules.minSize
  const words = [
    isActive && 'active',
    isActive && !of.isUndersized && !of.isDegraded && !copies && 'clean',
    copies && !needsAll && (circumstances.isRecovering ? 'recovering' : 'recovery_wait'),
    !isActive && isServable && 'down',
    of.isUndersized && 'undersized',
    of.isDegraded && 'degraded',
    of.isRemapped && 'remapped',
    copies && needsAll && (circumstances.isRecovering ? 'backfilling' : 'backfill_wait'),
    !isActive && !isServable && 'peered',
    isActive && circumstances.isLaggy && 'laggy',
    isActive && circumstances.peering === 'lease' && 'wait',
  ]
  return words.filter((word) => word !== false).join('+')
}

/** Its log does not reach back to what that OSD has: everything is copied. */
export function isBackfill(
  group: PlacementGroup,
  osd: number,
  { shortLog }: Pick<GroupCircumstances, 'shortLog'>,
): boolean {
  const copy = group.copies.get(osd)
  return (copy === undefined || copy.fromNothing) && group.objects > 0 && group.written > shortLog
}
