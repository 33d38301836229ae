/**
 * As much of Electron as the product uses, without its binary: main process and preload are joined as the real ones
 * are, with a structured clone between them. Its members are checked against Electron's own types, so that a changed
 * signature does not compile.
 */
import { EventEmitter } from 'node:events'
import { tmpdir } from 'node:os'
import type * as Electron from 'electron'

/** The page in a window, as the main process knows it. */
class WebContentsDouble extends EventEmitter {
  readonly mainFrame = { url: 'about:blank', parent: null }
  /** Frames and pages the main process refused to open. */
  windowOpenHandler: ((details: Electron.HandlerDetails) => Electron.WindowOpenHandlerResponse) | undefined
  readonly #toPreload: EventEmitter

  constructor(toPreload: EventEmitter) {
    super()
    this.#toPreload = toPreload
  }

  send = ((channel, ...args) => {
    this.#toPreload.emit(channel, {}, ...structuredClone(args))
  }) satisfies Electron.WebContents['send']

  isDestroyed = (() => false) satisfies Electron.WebContents['isDestroyed']

  setWindowOpenHandler = ((handler) => {
    this.windowOpenHandler = handler
  }) satisfies Electron.WebContents['setWindowOpenHandler']

  /** What a page would do by itself: a link, a script, a redirect. True when it was let go there. */
  tries(event: 'will-navigate' | 'will-redirect' | 'will-attach-webview', url: string): boolean {
    let isPrevented = false
    const preventDefault = () => {
      isPrevented = true
    }
    this.emit(event, { url, preventDefault })
    return !isPrevented
  }
}

export function createElectronDouble(userData: string) {
  const toPreload = new EventEmitter()
  const windows: BrowserWindowDouble[] = []
  const handlers = new Map<string, (event: Electron.IpcMainInvokeEvent, ...args: unknown[]) => unknown>()
  const exposed: Record<string, unknown> = {}
  const schemes: Electron.CustomScheme[] = []
  const protocolHandlers = new Map<string, Parameters<Electron.Protocol['handle']>[1]>()
  const permissions: {
    request?: Parameters<Electron.Session['setPermissionRequestHandler']>[0]
    check?: Parameters<Electron.Session['setPermissionCheckHandler']>[0]
    device?: Parameters<Electron.Session['setDevicePermissionHandler']>[0]
  } = {}
  const awake = new Set<number>()
  const notified: string[] = []
  const errorBoxes: string[] = []
  const trayMenu: Electron.MenuItemConstructorOptions[] = []
  const paths: Record<string, string> = { userData, temp: tmpdir() }
  let lastBlocker = 0
  let announceEnd: (code: number) => void = () => {}
  /** Resolves with the exit code when the program has quit. */
  const ended = new Promise<number>((resolve) => {
    announceEnd = resolve
  })

  const app = Object.assign(new EventEmitter(), {
    isPackaged: false,
    whenReady: async () => {},
    getPath: (name) => paths[name] ?? userData,
    setPath: (name, path) => {
      paths[name] = path
    },
    getName: () => 'kuorum',
    getVersion: () => '0.0.0',
    getPreferredSystemLanguages: () => ['id-ID'],
    requestSingleInstanceLock: () => true,
    quit: () => {
      let isPrevented = false
      const preventDefault = () => {
        isPrevented = true
      }
      app.emit('before-quit', { preventDefault })
      if (isPrevented) return
      app.emit('will-quit', { preventDefault: () => {} })
      announceEnd(0)
    },
    exit: (code = 0) => announceEnd(code),
  } satisfies Pick<
    Electron.App,
    | 'isPackaged'
    | 'whenReady'
    | 'getPath'
    | 'setPath'
    | 'getName'
    | 'getVersion'
    | 'getPreferredSystemLanguages'
    | 'requestSingleInstanceLock'
    | 'quit'
    | 'exit'
  >)

  class BrowserWindowDouble extends EventEmitter {
    readonly webContents = new WebContentsDouble(toPreload)
    readonly options: Electron.BrowserWindowConstructorOptions
    isShown = false

    constructor(options: Electron.BrowserWindowConstructorOptions = {}) {
      super()
      this.options = options
      windows.push(this)
      app.emit('web-contents-created', {}, this.webContents)
    }

    loadURL = (async (url) => {
      this.webContents.mainFrame.url = url
      this.webContents.emit('did-navigate', {}, url)
      this.emit('ready-to-show')
    }) satisfies Electron.BrowserWindow['loadURL']
    show = (() => {
      this.isShown = true
    }) satisfies Electron.BrowserWindow['show']
    focus = (() => {}) satisfies Electron.BrowserWindow['focus']
    restore = (() => {}) satisfies Electron.BrowserWindow['restore']
    isMinimized = (() => false) satisfies Electron.BrowserWindow['isMinimized']
  }

  class NotificationDouble {
    static isSupported = (() => true) satisfies (typeof Electron.Notification)['isSupported']
    readonly #title: string

    constructor(options: Electron.NotificationConstructorOptions = {}) {
      this.#title = options.title ?? ''
    }

    show = (() => {
      notified.push(this.#title)
    }) satisfies Electron.Notification['show']
  }

  class TrayDouble extends EventEmitter {
    setToolTip = (() => {}) satisfies Electron.Tray['setToolTip']
    setContextMenu = (() => {}) satisfies Electron.Tray['setContextMenu']
  }

  const ipcMain = Object.assign(new EventEmitter(), {
    handle: (channel, listener) => {
      handlers.set(channel, listener)
    },
  } satisfies Pick<Electron.IpcMain, 'handle'>)

  /** The event of a message that comes from a frame of a window; the first window's own page by default. */
  const eventFrom = (sender = windows[0]?.webContents, senderFrame: unknown = sender?.mainFrame) =>
    ({ sender, senderFrame }) as unknown as Electron.IpcMainInvokeEvent & Electron.IpcMainEvent

  const invokeAs = async (event: Electron.IpcMainInvokeEvent, channel: string, ...args: unknown[]) => {
    const handler = handlers.get(channel)
    if (handler === undefined) throw new Error(`No handler registered for '${channel}'`)
    return structuredClone(await handler(event, ...structuredClone(args))) as unknown
  }

  const main = {
    app,
    BrowserWindow: BrowserWindowDouble,
    Notification: NotificationDouble,
    ipcMain,
    dialog: {
      showErrorBox: (_title, content) => {
        errorBoxes.push(content)
      },
    } satisfies Pick<Electron.Dialog, 'showErrorBox'>,
    powerSaveBlocker: {
      start: () => {
        awake.add(++lastBlocker)
        return lastBlocker
      },
      stop: (id) => awake.delete(id),
    } satisfies Pick<Electron.PowerSaveBlocker, 'start' | 'stop'>,
    protocol: {
      registerSchemesAsPrivileged: (customSchemes) => {
        schemes.push(...customSchemes)
      },
      handle: (scheme, handler) => {
        protocolHandlers.set(scheme, handler)
      },
    } satisfies Pick<Electron.Protocol, 'registerSchemesAsPrivileged' | 'handle'>,
    safeStorage: {
      isEncryptionAvailable: () => true,
      getSelectedStorageBackend: () => 'gnome_libsecret',
      // Not a cipher, only a sign that the text went through here.
      encryptString: (plainText) => Buffer.from([...Buffer.from(plainText)].map((byte) => byte ^ 0x5a)),
      decryptString: (encrypted) => Buffer.from(encrypted.map((byte) => byte ^ 0x5a)).toString('utf8'),
    } satisfies Pick<
      Electron.SafeStorage,
      'isEncryptionAvailable' | 'getSelectedStorageBackend' | 'encryptString' | 'decryptString'
    >,
    session: {
      defaultSession: {
        setPermissionRequestHandler: (handler) => {
          permissions.request = handler
        },
        setPermissionCheckHandler: (handler) => {
          permissions.check = handler
        },
        setDevicePermissionHandler: (handler) => {
          permissions.device = handler
        },
      } satisfies Pick<
        Electron.Session,
        'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler'
      >,
    },
    Menu: {
      setApplicationMenu: () => {},
      buildFromTemplate: (template) => {
        trayMenu.push(...(template as Electron.MenuItemConstructorOptions[]))
        return {} as Electron.Menu
      },
    } satisfies Pick<typeof Electron.Menu, 'setApplicationMenu' | 'buildFromTemplate'>,
    nativeImage: {
      createFromPath: (path) => ({ resize: () => ({ path }) }) as unknown as Electron.NativeImage,
    } satisfies Pick<typeof Electron.nativeImage, 'createFromPath'>,
    Tray: TrayDouble,
    // electron-store takes it from the module, and uses it only to open an editor.
    shell: {},
  }

  const preload = {
    contextBridge: {
      exposeInMainWorld: (apiKey, api: unknown) => {
        exposed[apiKey] = api
      },
    } satisfies Pick<Electron.ContextBridge, 'exposeInMainWorld'>,
    ipcRenderer: Object.assign(toPreload, {
      invoke: (channel, ...args) => invokeAs(eventFrom(), channel, ...args),
      send: (channel, ...args) => {
        ipcMain.emit(channel, eventFrom(), ...structuredClone(args))
      },
    } satisfies Pick<Electron.IpcRenderer, 'invoke' | 'send'>),
  }

  return {
    /** What `import ... from 'electron'` gives in the main process. */
    main,
    /** What `require('electron')` gives in a sandboxed preload. */
    preload,
    /** What the preload gave the page. */
    exposed,
    windows,
    schemes,
    protocolHandlers,
    permissions,
    /** Power-save blockers that are on. */
    awake,
    notified,
    errorBoxes,
    trayMenu,
    ended,
    eventFrom,
    invokeAs,
  }
}

export type ElectronDouble = ReturnType<typeof createElectronDouble>
