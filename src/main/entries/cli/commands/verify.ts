import { resolve } from 'node:path'
import { exitCodes } from '../../../../shared/problems/codes.ts'
import { openStore } from '../../../host/open-store.ts'
import type { Command } from '../command.ts'

/** Every file must be intact; the first that is not ends the command with its Problem. */
export const verifyCommand: Command<{ readonly files: readonly string[] }> = async ({ files }, context) => {
  const { output, workingFolder } = context
  const store = await openStore()
  const reports = files.map((file) => store.verify(resolve(workingFolder, file)))
  if (output.json) output.document(reports.length === 1 ? reports[0] : reports)
  for (const report of reports) {
    const { path, entries, samples } = report
    output.line(
      report.complete
        ? output.t('cli:verifyOk', { path, entries, samples })
        : output.t('cli:verifyIncomplete', { path }),
    )
    for (const session of report.sessions)
      output.line(
        `  ${output.t('cli:session', {
          wallTime: session.wallTime,
          version: session.appVersion,
          platform: session.platform,
          cpu: session.cpu,
        })}`,
      )
    output.line(`  SHA-256 ${report.journalSha256}`)
  }
  return exitCodes.ok
}
