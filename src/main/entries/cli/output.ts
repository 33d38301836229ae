/** What a command may say: results on stdout, everything else on stderr, sentences from the catalogue. */
import { createFormat, type Format } from '../../../shared/i18n/format.ts'
import { problemTextOf } from '../../../shared/i18n/problem-text.ts'
import { createTranslator, type Translator } from '../../../shared/i18n/translator.ts'
import type { Problem } from '../../../shared/problems/problem.ts'

export interface TextSink {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

export interface CliOutput {
  /** True with --json: one document on stdout, no tables. */
  readonly json: boolean
  readonly language: 'en' | 'id'
  readonly t: Translator
  readonly format: Format
  /** The one JSON document. */
  document(value: unknown): void
  /** A line for people on stdout; silent with --json. */
  line(text?: string): void
  /** A line on stderr. */
  note(text: string): void
  /** A short state that replaces the one before it on a terminal, and is dropped elsewhere. */
  progress(text: string): void
  /** Ends the progress line. */
  endProgress(): void
  problem(problem: Problem): void
}

export function cliOutput(
  stdout: TextSink,
  stderr: TextSink,
  choices: { readonly json: boolean; readonly language: 'en' | 'id' },
): CliOutput {
  let progressShown = false
  const endProgress = () => {
    if (!progressShown) return
    stderr.write('\r\u001b[K')
    progressShown = false
  }
  return {
    ...choices,
    t: createTranslator(choices.language),
    format: createFormat(choices.language),
    document: (value) => {
      endProgress()
      stdout.write(`${JSON.stringify(value, null, 2)}\n`)
    },
    line: (text = '') => {
      endProgress()
      if (!choices.json) stdout.write(`${text}\n`)
    },
    note: (text) => {
      endProgress()
      stderr.write(`${text}\n`)
    },
    progress: (text) => {
      if (stderr.isTTY !== true) return
      const width = Math.max(20, (stderr.columns ?? 80) - 1)
      stderr.write(`\r\u001b[K${text.slice(0, width)}`)
      progressShown = true
    },
    endProgress,
    problem: (problem) => {
      endProgress()
      if (choices.json) stdout.write(`${JSON.stringify({ problem }, null, 2)}\n`)
      const text = problemTextOf(choices.language, problem)
      stderr.write(`${text.what}\n${text.why}\n${text.fix}\n`)
      if (problem.detail !== undefined) stderr.write(`(${problem.code}: ${problem.detail})\n`)
      else stderr.write(`(${problem.code})\n`)
    },
  }
}

/** Rows as text columns; numbers to the right. */
export function textTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [head, ...rows.map((row) => row.map(String))]
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const isNumeric = head.map((_, column) => rows.every((row) => typeof row[column] === 'number'))
  const lines = cells.map((row) =>
    row
      .map((cell, column) =>
        isNumeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
  lines.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '))
  return lines.join('\n')
}
