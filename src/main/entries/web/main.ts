/** `npm start` without Electron: the same window in an app window of an installed browser. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { problemTextOf } from '../../../shared/i18n/problem-text.ts'
import { createTranslator, languageOf } from '../../../shared/i18n/translator.ts'
import { exitCodeOf } from '../../../shared/problems/codes.ts'
import { ProblemError, throwProblem } from '../../../shared/problems/problem.ts'
import { openLocalHost } from '../../host/open-local-host.ts'
import { openAppWindow } from '../../host/web/app-window.ts'
import { serveWindow } from '../../host/web/serve-window.ts'

const language = languageOf([
  process.env.LC_ALL ?? '',
  process.env.LANG ?? '',
  new Intl.Locale(Intl.DateTimeFormat().resolvedOptions().locale).language,
])
const say = createTranslator(language)

const stop = new AbortController()
// The second Ctrl+C finds no handler any more and ends the process at once.
process.once('SIGINT', () => stop.abort())
process.once('SIGTERM', () => stop.abort())

try {
  const choices = choicesOf(process.argv.slice(2))
  const { host, log, dataFolder } = await openLocalHost('web')
  const openWindow = (address: string) => openAppWindow(address, join(dataFolder, 'app-window'))
  await serveWindow({
    host,
    log,
    signal: stop.signal,
    port: choices.port,
    ...(choices.isWindowWanted ? { openWindow } : {}),
    ...(process.stdin.isTTY ? { wishes: process.stdin } : {}),
    onAddress: (address) => console.log(`${say('cli:webAt')}\n${address}\n${say('cli:webStop')}`),
    onWindow: () => console.log(say('cli:webStop')),
  })
} catch (error) {
  if (!(error instanceof ProblemError)) throw error
  const text = problemTextOf(language, error.problem)
  console.error(`${text.what}\n${text.why}\n${text.fix}\n(${error.problem.code})`)
  process.exitCode = exitCodeOf(error.problem.code)
}

/** `--web` has been heard by the start script. Throws `cli.usage`. */
function choicesOf(argv: readonly string[]): { readonly port: number; readonly isWindowWanted: boolean } {
  const options = {
    port: { type: 'string' },
    'no-open': { type: 'boolean' },
    web: { type: 'boolean' },
  } as const
  try {
    const { values } = parseArgs({ args: [...argv], options })
    const { port = '0' } = values
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw new Error(`--port ${port}`)
    return { port: Number(port), isWindowWanted: values['no-open'] !== true }
  } catch (error) {
    return throwProblem('cli.usage', { text: error instanceof Error ? error.message : String(error) })
  }
}
