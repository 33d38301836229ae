import { resolve } from 'node:path'
import { exitCodes } from '../../../../shared/problems/codes.ts'
import { throwProblem } from '../../../../shared/problems/problem.ts'
import { writeFileAtomically } from '../../../base/atomic-file.ts'
import { openStore } from '../../../host/open-store.ts'
import { loadRecipes } from '../../../host/recipes.ts'
import { recipeFolder } from '../../../host/resource-folders.ts'
import { exportRun } from '../../../host/run-export.ts'
import type { Command } from '../command.ts'

interface ReportArguments {
  readonly file: string
  readonly format: string
  readonly what: 'samples' | 'outages' | 'faults' | 'events'
  readonly out: string
}

export const reportCommand: Command<ReportArguments> = async ({ file, format, what, out }, context) => {
  if (format !== 'csv' && format !== 'json')
    throwProblem('cli.not-built', { command: `report --format ${format}` })
  const { output, workingFolder } = context
  const reader = (await openStore()).read(resolve(workingFolder, file))
  try {
    const exported = exportRun(
      reader,
      format === 'json' ? 'json' : `${what}-csv`,
      loadRecipes(recipeFolder()),
    )
    const path = resolve(workingFolder, out)
    await writeFileAtomically(path, exported.text)
    if (output.json) output.document({ path, mediaType: exported.mediaType })
    output.line(output.t('cli:exported', { path }))
  } finally {
    reader.close()
  }
  return exitCodes.ok
}
