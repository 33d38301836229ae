/*
 * After `npm ci`: fetches Electron's binary where the network allows it. Never fails and never takes long,
 * because everything also works without it. SKIP_ELECTRON_DOWNLOAD=1 leaves it out.
 */
const childProcess = require('child_process')
const electron = require('./electron-binary.cjs')

const limitMs = Number(process.env.ELECTRON_DOWNLOAD_SECONDS || 180) * 1000

function say(reason) {
  console.log(
    'Electron was not downloaded (' +
      reason +
      '): npm start opens Kuorum in a browser window instead. Retry with: npm run postinstall' +
      (process.env.HTTPS_PROXY || process.env.https_proxy
        ? ' (behind a proxy set ELECTRON_GET_USE_PROXY=1)'
        : ''),
  )
}

const installer = electron.electronInstaller()
if (process.env.SKIP_ELECTRON_DOWNLOAD) say('SKIP_ELECTRON_DOWNLOAD is set')
else if (installer === null) say('its package is not installed')
else if (electron.electronBinary() === null) {
  const result = childProcess.spawnSync(process.execPath, [installer], {
    encoding: 'utf8',
    timeout: limitMs,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  if (electron.electronBinary() === null) {
    const text = String(result.stderr || '')
    const known = /\b(E[A-Z]{3,}|HTTP [0-9]{3}|[0-9]{3} [A-Z][a-z]+|fetch failed)\b/.exec(text)
    if (result.error && result.error.code === 'ETIMEDOUT') say(`no end after ${limitMs / 1000} s`)
    else say(known ? known[0] : 'the download failed')
  }
}
process.exitCode = 0
