/** What lists, makes and removes files. */
import type { Program } from '../program.ts'

const operands = (argv: readonly string[]) => argv.filter((word) => !word.startsWith('-'))

export const ls: Program = async ({ argv, files, node, stdout, stderr }) => {
  const paths = operands(argv)
  const isLong = argv.some((word) => /^-\w*l/.test(word))
  const print = (names: readonly string[]) => {
    stdout(names.map((name) => `${isLong ? `-rw-r----- 1 root www-data ${name}` : name}\n`).join(''))
  }
  let code = 0
  for (const path of paths.length === 0 ? ['/root'] : paths) {
    const names = files.list(node, path)
    if (names !== undefined) {
      if (paths.length > 1) stdout(`${path}:\n`)
      print(names)
    } else if ((await files.read(node, path)) !== undefined) print([path])
    else {
      stderr(`ls: cannot access '${path}': No such file or directory\n`)
      code = 2
    }
  }
  return code
}

export const touch: Program = async ({ argv, files, node, stderr }) => {
  let code = 0
  for (const path of operands(argv)) {
    const refusal = await files.write(node, path, '', true)
    if (refusal === undefined) continue
    stderr(`touch: cannot touch '${path}': ${refusal}\n`)
    code = 1
  }
  return code
}

export const rm: Program = ({ argv, files, node, stderr }) => {
  const isForced = argv.some((word) => /^-\w*f/.test(word))
  let code = 0
  for (const path of operands(argv)) {
    if (files.remove(node, path) || isForced) continue
    stderr(`rm: cannot remove '${path}': No such file or directory\n`)
    code = 1
  }
  return code
}

/** Folders come with the files in them. */
export const mkdir: Program = () => 0
