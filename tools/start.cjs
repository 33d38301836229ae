/*
 * `npm start`: Kuorum in Electron where its binary is there, else in a browser window; builds first where needed.
 * Written in old JavaScript on purpose, so that an old Node gets a sentence instead of a syntax error.
 */
const childProcess = require('child_process')
const fs = require('fs')
const path = require('path')
const electron = require('./electron-binary.cjs')
const nodeFlags = require('./node-flags.cjs').nodeFlags

const root = path.join(__dirname, '..')
const oldestMajor = 22
const oldestMinor = 12

function main() {
  const version = process.versions.node.split('.').map(Number)
  if (version[0] < oldestMajor || (version[0] === oldestMajor && version[1] < oldestMinor))
    return fail(`Kuorum needs Node ${oldestMajor}.${oldestMinor} or newer; this is ${process.version}`)
  const builder = path.join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js')
  if (!fs.existsSync(builder)) return fail('The packages are missing. Run this first: npm ci')

  if (isBuildNeeded()) {
    console.log('Building Kuorum (a few seconds) ...')
    const built = childProcess.spawnSync(process.execPath, [builder, 'build'], {
      cwd: root,
      encoding: 'utf8',
    })
    if (built.status !== 0)
      return fail(`${built.stdout + built.stderr}\nThe build failed; the lines above say why.`)
  }

  const binary = electron.electronBinary()
  const obstacle = whyNoElectron(binary)
  if (obstacle === null) return run(binary, [root].concat(process.argv.slice(2)))
  console.log(`Kuorum runs in the browser: ${obstacle}.`)
  run(process.execPath, nodeFlags.concat([path.join(root, 'out', 'main', 'web.js')], process.argv.slice(2)))
}

function whyNoElectron(binary) {
  if (process.argv.indexOf('--web') >= 0) return 'you asked for it with --web'
  if (binary === null) return "Electron's binary is not here (npm run postinstall fetches it)"
  const hasDisplay = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY
  return hasDisplay ? null : 'this computer has no display for Electron'
}

/** True when any file that goes into the build is newer than the build. */
function isBuildNeeded() {
  const results = ['main/index.js', 'main/web.js', 'preload/index.cjs', 'renderer/index.html'].map((name) =>
    path.join(root, 'out', name),
  )
  if (!results.every(fs.existsSync)) return true
  const builtAt = Math.min.apply(
    null,
    results.map((file) => fs.statSync(file).mtimeMs),
  )
  return ['src', 'package.json', 'electron.vite.config.ts'].some(
    (name) => newestUnder(path.join(root, name)) > builtAt,
  )
}

function newestUnder(file) {
  const facts = fs.statSync(file)
  if (!facts.isDirectory()) return facts.mtimeMs
  return fs
    .readdirSync(file)
    .reduce((newest, name) => Math.max(newest, newestUnder(path.join(file, name))), facts.mtimeMs)
}

function run(program, args) {
  const child = childProcess.spawn(program, args, { cwd: root, stdio: 'inherit' })
  // Ctrl+C reaches the child as well: it ends in order, and this process follows it.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {
    child.kill('SIGTERM')
  })
  child.on('error', (error) => {
    fail(String(error))
  })
  child.on('exit', (code) => {
    process.exitCode = code === null ? 1 : code
  })
}

function fail(text) {
  console.error(text)
  process.exitCode = 1
}

main()
