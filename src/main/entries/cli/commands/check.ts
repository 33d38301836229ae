import { resolve } from 'node:path'
import { labSchema } from '../../../../shared/domain/lab.ts'
import { planFileSchema, planWindowSeconds } from '../../../../shared/domain/plan.ts'
import { exitCodes } from '../../../../shared/problems/codes.ts'
import { labFeasibilityOf } from '../../../host/feasibility.ts'
import { parseInput, readJsonFile } from '../../../host/parse-input.ts'
import type { Command } from '../command.ts'
import { textTable } from '../output.ts'

export const planCheckCommand: Command<{ readonly file: string }> = async ({ file }, context) => {
  const { output, workingFolder } = context
  const plan = parseInput(planFileSchema, readJsonFile(resolve(workingFolder, file)), file)
  const seconds = planWindowSeconds(plan)
  if (output.json) output.document({ valid: true, windowSeconds: seconds, plan })
  output.line(
    output.t('cli:planOk', {
      phases: plan.phases.length,
      faults: plan.faults.length,
      length: output.format.duration(seconds),
    }),
  )
  return exitCodes.ok
}

/** A lab that no usual laptop can hold is valid, but ends with the check-failed exit code. */
export const labCheckCommand: Command<{ readonly file: string }> = async ({ file }, context) => {
  const { output, workingFolder } = context
  const lab = parseInput(labSchema, readJsonFile(resolve(workingFolder, file)), file)
  const feasibility = labFeasibilityOf(lab)
  if (output.json) output.document({ valid: true, lab, feasibility })
  output.line(output.t('cli:labOk', { nodes: lab.nodes.length, guests: lab.guests.length }))
  output.line(
    textTable(
      [
        output.t('cli:table.laptop'),
        output.t('cli:table.verdict'),
        output.t('cli:table.spare'),
        output.t('cli:table.spareAfterLoss'),
      ],
      feasibility.map((row) => [
        `${row.laptopRamGiB} GiB`,
        output.t(`cli:verdict.${row.verdict}`),
        row.laptopSpareMiB,
        row.spareAfterNodeLossMiB,
      ]),
    ),
  )
  return feasibility.some((row) => row.verdict !== 'does-not-fit') ? exitCodes.ok : exitCodes.checkFailed
}
