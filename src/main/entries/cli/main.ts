#!/usr/bin/env node
/** Starts the command line: connects the program to this process and nothing else. */
import { languageOf } from '../../../shared/i18n/translator.ts'
import { exitCodes } from '../../../shared/problems/codes.ts'
import { appVersion } from '../../host/app-version.ts'
import { runProgram } from './program.ts'

const abort = new AbortController()
process.on('SIGINT', () => {
  if (abort.signal.aborted) process.exit(exitCodes.cancelled)
  abort.abort()
})
// A reader that closes the pipe early (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.ok)
})

process.exitCode = await runProgram(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  signal: abort.signal,
  workingFolder: process.cwd(),
  systemLanguage: languageOf([
    process.env.LC_ALL ?? '',
    process.env.LANG ?? '',
    Intl.DateTimeFormat().resolvedOptions().locale,
  ]),
  version: appVersion,
})
