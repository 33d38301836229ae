import { exitCodes } from '../../../../shared/problems/codes.ts'
import { throwProblem } from '../../../../shared/problems/problem.ts'
import { openLocalHost } from '../../../host/open-local-host.ts'
import { serveWindow } from '../../../host/web/serve-window.ts'
import type { Command } from '../command.ts'

export const webCommand: Command<{ readonly port: string }> = async ({ port }, { output, signal }) => {
  const portNumber = Number(port)
  if (!/^\d{1,5}$/.test(port) || portNumber > 65_535)
    throwProblem('input.invalid-field', { source: 'web', field: '--port' }, port)
  const { host, log } = await openLocalHost('web')
  await serveWindow({
    host,
    log,
    port: portNumber,
    signal,
    onAddress: (address) => {
      if (output.json) output.document({ address })
      output.line(output.t('cli:webAt'))
      output.line(address)
      output.line(output.t('cli:webStop'))
    },
    onWindow: () => {},
  })
  return exitCodes.ok
}
