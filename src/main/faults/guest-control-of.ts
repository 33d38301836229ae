import { throwProblem } from '../../shared/problems/problem.ts'
import type { FaultContext } from '../contracts/fault.ts'
import type { GuestControl } from '../contracts/guest-control.ts'

/** Rejects the fault in a lab that gives no hold of single guests. */
export function guestControlOf({ guestControl, fault }: FaultContext): GuestControl {
  return guestControl ?? throwProblem('run.failed', {}, `${fault}: this lab gives no hold of single guests`)
}
