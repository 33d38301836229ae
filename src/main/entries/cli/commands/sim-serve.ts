import { readFileSync } from 'node:fs'
import { exitCodes } from '../../../../shared/problems/codes.ts'
import { throwProblem } from '../../../../shared/problems/problem.ts'
import { serveSimulator } from '../../../host/serve-simulator.ts'
import type { Command } from '../command.ts'

export interface SimServeArguments {
  readonly pvePort: string
  readonly sshPort: string
  readonly sshKey?: string
  readonly recipe: string
  readonly group: 'treatment' | 'control'
  readonly seed: string
  readonly release: '8.4' | '9.1' | '9.2'
  readonly standalone?: boolean
  readonly speed: string
}

export const simServeCommand: Command<SimServeArguments> = async (args, { output, signal }) => {
  const { t } = output
  await serveSimulator({
    recipe: args.recipe,
    group: args.group,
    seed: numberIn(args.seed, '--seed', 0, Number.MAX_SAFE_INTEGER),
    release: args.release,
    standalone: args.standalone === true,
    firstPort: numberIn(args.pvePort, '--pve-port', 0, 65_535),
    firstSshPort: numberIn(args.sshPort, '--ssh-port', 0, 65_535),
    ...(args.sshKey === undefined ? {} : { authorizedKeys: keysIn(args.sshKey) }),
    speed: numberIn(args.speed, '--speed', 1, 1000),
    signal,
    onServing: (serving) => {
      if (output.json) output.document(serving)
      output.line(t('cli:simServing', { lab: serving.lab, speed: serving.speed }))
      for (const { node, address, fingerprint, ssh } of serving.nodes) {
        output.line(`${node}  ${address}  ${fingerprint}`)
        output.line(`${node}  ssh -p ${ssh.port} root@${ssh.host}  ${ssh.fingerprint}`)
      }
      output.line(t('cli:simLogin', { username: serving.username, password: serving.password }))
      output.line(t('cli:simStop'))
    },
    onFailure: (error) => output.note(error instanceof Error ? error.message : String(error)),
  })
  return exitCodes.ok
}

function keysIn(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    return throwProblem('input.invalid-field', { source: 'sim serve', field: '--ssh-key' }, String(error))
  }
}

function numberIn(text: string, field: string, least: number, most: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < least || value > most)
    throwProblem('input.invalid-field', { source: 'sim serve', field }, text)
  return value
}
