/*
 * Runs a TypeScript source on Node: `node tools/run-source.cjs FILE.ts ARGUMENTS`. From Node 24 on Node takes the
 * file as it is; an older one needs a flag, or prints a warning, and therefore gets a process of its own.
 */
const path = require('node:path')
const url = require('node:url')
const { isOldNode, nodeOptions } = require('./node-flags.cjs')

const file = path.resolve(process.argv[2])

keepCompiledCode()
if (!isOldNode) {
  process.argv.splice(1, 2, file)
  void import(url.pathToFileURL(file).href)
} else {
  const child = require('node:child_process').spawn(
    process.execPath,
    nodeOptions.concat([file], process.argv.slice(3)),
    { stdio: 'inherit' },
  )
  // Ctrl+C reaches the child as well: it ends in order, and this process follows it.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {
    child.kill('SIGTERM')
  })
  child.on('exit', (code) => {
    process.exitCode = code === null ? 1 : code
  })
}

/*
 * Stripping the types of some two hundred sources and compiling them takes longer than most commands do, so Node
 * keeps the results beside the packages and uses each as long as its source is byte for byte the same. The variable
 * reaches worker threads and the process of an older Node. Where the folder cannot be written, Node goes on without.
 */
function keepCompiledCode() {
  const root = path.join(__dirname, '..')
  // Tools start processes that are measured or that stand for another machine: those get nothing from here.
  if (!file.startsWith(path.join(root, 'src') + path.sep)) return
  process.env.NODE_COMPILE_CACHE ??= path.join(root, 'node_modules', '.cache', 'kuorum')
  require('node:module').enableCompileCache?.()
}
