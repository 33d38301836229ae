import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

/** The part that is read here of what vitest's JSON reporter writes. */
interface Report {
  readonly testResults: readonly {
    /** Path of the file. */
    readonly name: string
    readonly status: string
    /** Of the file itself, when it could not even be loaded. */
    readonly message: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages?: readonly string[]
    }[]
  }[]
}

const linesShown = 6

/** What failed in a run of vitest, a few lines each: file, test, and the beginning of what it said. */
export function failedTests(reportFile: string, projectFolder: string): string[] {
  const read = readReport(reportFile)
  if (read === undefined) return ['        and left no report: it did not get to its end']
  return read.testResults.flatMap((file) => {
    const path = relative(projectFolder, file.name)
    const failed = file.assertionResults.filter(({ status }) => status === 'failed')
    if (failed.length === 0)
      return file.status === 'failed' ? [`        ${path}`, ...firstLines(file.message)] : []
    return failed.flatMap(({ fullName, failureMessages = [] }) => [
      `        ${path}: ${fullName}`,
      ...firstLines(failureMessages.join('\n')),
    ])
  })
}

function readReport(file: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report
  } catch {
    return undefined
  }
}

function firstLines(text: string): string[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.slice(0, linesShown).map((line) => `            ${line}`)
}
