/** Exports of a run as files to save. */
import type { Recipe } from '../../shared/domain/recipe.ts'
import type { ExportedFile } from '../../shared/host-api/table.ts'
import type { RunReader } from '../contracts/run-store.ts'
import { type ExportKind, exportText, mediaTypes } from '../reports/run-export.ts'
import { runIdOf } from './run-folder.ts'
import { reviewRun } from './run-review.ts'

export function exportRun(reader: RunReader, kind: ExportKind, recipes: readonly Recipe[]): ExportedFile {
  const { spec, results } = reviewRun(reader, recipes)
  const { journalSha256, sessions } = reader
  const text = exportText(
    {
      spec,
      entries: reader.entries(),
      series: reader.series(),
      samples: reader,
      sessions,
      journalSha256,
      results,
    },
    kind,
  )
  const ending = kind === 'json' ? 'results.json' : kind.replace('-csv', '.csv')
  return { fileName: `${runIdOf(reader.path)}-${ending}`, mediaType: mediaTypes[kind], text }
}
