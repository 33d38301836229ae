import { resolve } from 'node:path'
import { summarise } from '../../../../shared/analysis/chunk-summary.ts'
import { scanSeries } from '../../../../shared/analysis/outages.ts'
import type { Series } from '../../../../shared/domain/sample.ts'
import { outcomeNameOf, scheduledMsOf } from '../../../../shared/domain/sample.ts'
import type { ChunkSummary, SampleColumns, SampleSource } from '../../../../shared/domain/sample-columns.ts'
import { exitCodes } from '../../../../shared/problems/codes.ts'
import { throwProblem } from '../../../../shared/problems/problem.ts'
import { writeFileAtomically } from '../../../base/atomic-file.ts'
import { type ProbeRecord, probeRequestsOf, probeTargets, type TargetWords } from '../../../host/probing.ts'
import type { Command } from '../command.ts'

interface ProbeArguments extends TargetWords {
  readonly interval: string
  readonly deadline: string
  readonly duration: string
  readonly out?: string
}

export const probeCommand: Command<ProbeArguments> = async (args, { output, signal, workingFolder }) => {
  const targets = probeRequestsOf(args)
  if (targets.length === 0) throwProblem('cli.usage', { text: 'probe --icmp | --tcp | --http' })
  const record = await probeTargets({
    targets,
    intervalMs: numberOf(args.interval, '--interval'),
    durationSeconds: numberOf(args.duration, '--duration'),
    deadlineMs: numberOf(args.deadline, '--deadline'),
    signal,
    onProgress: ({ elapsedSeconds, counts }) =>
      output.progress(
        `${Math.round(elapsedSeconds)} s · ${counts.map(({ ok, expected }) => `${ok}/${expected}`).join(' · ')}`,
      ),
  })
  output.endProgress()
  const results = record.series.map((series, index) => outagesOf(record, series, index))
  if (args.out !== undefined) await writeFileAtomically(resolve(workingFolder, args.out), samplesCsv(record))
  if (output.json)
    output.document({ startedAt: record.startedAt, windowSeconds: record.windowSeconds, targets: results })
  for (const { target, counts, outages } of results) {
    output.line(output.t('cli:probeSummary', { target, ...counts }))
    for (const { atSeconds, lowSeconds, highSeconds } of outages)
      output.line(
        output.t('cli:probeOutage', {
          at: output.format.fixed(atSeconds, 1),
          low: output.format.fixed(lowSeconds, 2),
          high: output.format.fixed(highSeconds, 2),
        }),
      )
  }
  return record.cancelled ? exitCodes.cancelled : exitCodes.ok
}

function numberOf(word: string, field: string): number {
  const value = Number(word)
  return word.trim() !== '' && Number.isFinite(value)
    ? value
    : throwProblem('input.invalid-field', { source: 'probe', field }, word)
}

function outagesOf(record: ProbeRecord, series: Series, index: number) {
  const columns = record.columns[index]
  const window = { fromMs: 0, toMs: record.windowSeconds * 1000 }
  const { counts, expected, episodes } = scanSeries(inMemory(columns), series, window)
  return {
    target: `${series.kind} ${series.address}`,
    counts: { ...counts, expected },
    outages: episodes.map((episode) => ({
      atSeconds: episode.firstBadMs / 1000,
      lowSeconds: episode.lowMs / 1000,
      highSeconds: episode.highMs / 1000,
      censored: episode.censored,
    })),
  }
}

function inMemory(columns: SampleColumns | undefined): SampleSource {
  const all = columns === undefined || columns.outcome.length === 0 ? [] : [columns]
  return {
    columns: (): Iterable<SampleColumns> => all,
    summaries: (): Iterable<ChunkSummary> => all.map(summarise),
  }
}

/** One row a sample; numbers with a point in every language. */
function samplesCsv(record: ProbeRecord): string {
  const rows = ['target,kind,tick,scheduled_s,lateness_ms,rtt_ms,outcome']
  record.series.forEach((series, position) => {
    const columns = record.columns[position]
    columns?.outcome.forEach((code, index) => {
      const tick = columns.firstTick + index
      rows.push(
        [
          JSON.stringify(series.address),
          series.kind,
          tick,
          (scheduledMsOf(series, tick) / 1000).toFixed(3),
          ((columns.latenessUs[index] ?? 0) / 1000).toFixed(3),
          ((columns.rttUs[index] ?? 0) / 1000).toFixed(3),
          outcomeNameOf(code) ?? code,
        ].join(','),
      )
    })
  })
  return `${rows.join('\r\n')}\r\n`
}
