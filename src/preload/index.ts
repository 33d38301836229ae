/** Runs sandboxed between Electron and the window: two functions of the host API, and nothing else. */
import { contextBridge, type IpcRendererEvent, ipcRenderer } from 'electron'
import { bridgeName, ipcChannels } from '../shared/host-api/carrier-names.ts'
import type { HostBridge, ServerFrame } from '../shared/host-api/wire.ts'

const streams = new Map<number, (frame: ServerFrame) => void>()
let lastId = 0

// The event object stays here: it would hand the window a way to send on any channel.
ipcRenderer.on(ipcChannels.stream, (_event: IpcRendererEvent, frame: ServerFrame) => {
  if (frame.type !== 'refused') streams.get(frame.id)?.(frame)
})

const bridge: HostBridge = {
  call: (name, input) => ipcRenderer.invoke(ipcChannels.call, name, input),
  subscribe(name, input, onItem, onEnd) {
    const id = ++lastId
    streams.set(id, (frame) => {
      if (frame.type === 'item') onItem(frame.item)
      if (frame.type !== 'end') return
      streams.delete(id)
      onEnd(frame.problem)
    })
    ipcRenderer.send(ipcChannels.subscribe, id, name, input)
    return () => {
      if (streams.delete(id)) ipcRenderer.send(ipcChannels.cancel, id)
    }
  },
}

contextBridge.exposeInMainWorld(bridgeName, bridge)
