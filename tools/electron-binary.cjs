/* Where Electron's binary is, without asking Electron: `require('electron')` would start a download. */
const fs = require('fs')
const path = require('path')

const folder = path.join(__dirname, '..', 'node_modules', 'electron')

/** Path of the binary, or null when it was not fetched. */
exports.electronBinary = () => {
  try {
    const name = fs.readFileSync(path.join(folder, 'path.txt'), 'utf8').trim()
    const file = path.join(folder, 'dist', name)
    return fs.existsSync(file) ? file : null
  } catch (error) {
    return null
  }
}

/** Electron's own download script, or null when the package is not installed. */
exports.electronInstaller = () => {
  const file = path.join(folder, 'install.js')
  return fs.existsSync(file) ? file : null
}
