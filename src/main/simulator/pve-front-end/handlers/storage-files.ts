/** Images and templates on a storage: sent by a client, or loaded from somewhere. */
import { refuse, refuseParameters } from '../api-error.ts'
import { addVolume } from '../backup-archives.ts'
import { volumesAt } from '../free-volumes.ts'
import type { Call, Handlers } from '../handler.ts'
import { mebibyte } from '../load-figures.ts'
import type { UploadedFile, UploadForm } from '../multipart.ts'
import { NodeTask } from '../node-task.ts'
import { uploadedPath } from '../requests.ts'
import type { ServedLab } from '../served-lab.ts'
import { isFor, type Storage } from '../storages.ts'
import { pathOf, storageOf } from './storage-content.ts'

export const storageFileHandlers: Handlers = {
  'POST /nodes/{node}/storage/{storage}/upload': upload,
  'POST /nodes/{node}/storage/{storage}/download-url': downloadUrl,
  'GET /nodes/{node}/query-url-metadata': ({ parameters }) => {
    const url = parameters.required('url')
    const { host, fileName } = partsOf(url)
    if (!isReachable(host)) refuse(unresolvable(host))
    return { filename: fileName, mimetype: 'application/octet-stream', size: remoteMiB * mebibyte }
  },
  'GET /nodes/{node}/aplinfo': () => templates.map((template) => appliance(template)),
  'POST /nodes/{node}/aplinfo': (call) => {
    const name = call.parameters.required('template')
    if (!templates.some(({ file }) => file === name)) refuse(`no such template: ${name}`)
    const storage = storageFor(call, 'vztmpl')
    return download(call, { storage, content: 'vztmpl', fileName: name, url: `${mirror}${name}` })
  },
}

const uploadFile = (tmp: string) => `upload ${tmp}`

/** Until a task has taken it. */
export function keepUpload(lab: ServedLab, node: string, form: UploadForm): void {
  if (form.file !== undefined) lab.files.write(node, uploadFile(uploadedPath(form)), form.file)
}

type Content = 'iso' | 'vztmpl' | 'import'

const endings: Readonly<Record<Content, RegExp>> = {
  iso: /\.(iso|img)$/i,
  vztmpl: /\.tar\.(gz|xz|zst|bz2)$/i,
  import: /\.(ova|ovf|qcow2|raw|vmdk)$/i,
}

function storageFor(call: Call, content: Content): Storage {
  const storage = storageOf(call)
  if (typeof storage.configuration.path !== 'string') refuse(`can't upload to storage type '${storage.type}'`)
  if (!storage.content.split(',').includes(content))
    refuse(`storage '${storage.storage}' is not configured for content-type '${content}'`)
  if (!isFor(storage, call.node))
    refuse(`storage '${storage.storage}' is not available on node '${call.node}'`)
  return storage
}

/** Without folders and odd letters, as the server keeps it. */
function fileNameOf(given: string, content: Content): string {
  const name = given.replace(/^.*[/\\]/, '').replaceAll(/[^-a-zA-Z0-9_.]/g, '_')
  if (!endings[content].test(name)) refuseParameters({ filename: 'wrong file extension' })
  return name
}

function contentOf({ parameters }: Call): Content {
  return parameters.required('content') as Content
}

/** Copying within a node (an assumption). */
const copyMiBPerSecond = 400

/** The asked member takes the file, and hands it on to the one it is for. */
function upload(asked: Call): string {
  const { lab, parameters } = asked
  const named = parameters.required('node')
  const target = named === 'localhost' ? asked.node : named
  if (!lab.members(asked.node).includes(target)) refuse(`no such cluster node '${target}'`)
  const call = { ...asked, node: target }
  const content = contentOf(call)
  const storage = storageFor(call, content)
  const fileName = fileNameOf(parameters.required('filename'), content)
  const tmp = parameters.text('tmpfilename')
  const file =
    tmp === undefined
      ? undefined
      : lab.files.read<UploadedFile | undefined>(asked.node, uploadFile(tmp), undefined)
  if (file === undefined || tmp === undefined)
    return refuseParameters({ tmpfilename: 'missing temporary file name' })
  lab.files.write(asked.node, uploadFile(tmp), undefined)
  const algorithm = parameters.text('checksum-algorithm')
  const checksum = parameters.text('checksum')
  if ((algorithm === undefined) !== (checksum === undefined))
    refuseParameters({ checksum: "missing property - 'checksum-algorithm' requires this property" })
  const volid = `${storage.storage}:${content}/${fileName}`
  const path = pathOf(storage, volid)
  const task = new NodeTask(asked, 'imgcopy', '')
  task.log(
    `starting file import from: ${tmp}`,
    `target node: ${target}`,
    `target file: ${path}`,
    `file size is: ${file.bytes}`,
  )
  task.after(200 + (file.bytes / mebibyte / copyMiBPerSecond) * 1000, () => {
    if (algorithm !== undefined && file.digests.get(algorithm) !== checksum?.toLowerCase()) {
      task.log('calculating checksum...checksum mismatch')
      task.end(`checksum mismatch: got '${file.digests.get(algorithm)}' != expect '${checksum}'`)
      return
    }
    if (algorithm !== undefined) task.log('calculating checksum...OK, checksum verified')
    task.log(`command: cp -- ${tmp} ${path}`, 'finished file import successfully')
    keep(call, storage, volid, content, file.bytes)
    task.end()
  })
  return task.upid
}

function keep({ lab, node }: Call, storage: Storage, volid: string, content: Content, size: number): void {
  const name = volid.slice(volid.indexOf('/') + 1)
  const format =
    content === 'vztmpl'
      ? `t${name.split('.').at(-1)?.slice(0, 2)}`
      : (name.split('.').at(-1) ?? 'iso').toLowerCase()
  addVolume(lab, node, storage, {
    volid,
    storage: storage.storage,
    home: node,
    content,
    format,
    size,
    ctime: lab.wallTime.seconds(),
  })
}

/** What lies anywhere else has that size, and comes that fast (assumptions): a lab reaches nobody outside. */
const remoteMiB = 256
const downloadMiBPerSecond = 20

function partsOf(url: string): { host: string; fileName: string } {
  const [, host = '', path = ''] = /^https?:\/\/([^/:?#]+)(?::\d+)?([^?#]*)/.exec(url) ?? []
  return { host, fileName: path.split('/').at(-1) ?? '' }
}

/** Names that stand for nothing by agreement (RFC 2606), and single words, are found nowhere. */
function isReachable(host: string): boolean {
  return host.includes('.') && !/\.(invalid|test|example|localhost)$/.test(host)
}

const unresolvable = (host: string) =>
  `500 Can't connect to ${host}:443 (Temporary failure in name resolution)`

function downloadUrl(call: Call): string {
  const { parameters } = call
  const content = contentOf(call)
  const storage = storageFor(call, content)
  const [algorithm, checksum] = [parameters.text('checksum-algorithm'), parameters.text('checksum')]
  if (algorithm === undefined && checksum !== undefined)
    refuseParameters({
      checksum: "missing property - 'checksum' requires this property 'checksum-algorithm'",
    })
  const fileName = fileNameOf(parameters.required('filename'), content)
  return download(call, { storage, content, fileName, url: parameters.required('url') })
}

interface Wish {
  readonly storage: Storage
  readonly content: Content
  readonly fileName: string
  readonly url: string
}

function download(call: Call, { storage, content, fileName, url }: Wish): string {
  const { lab, node } = call
  const volid = `${storage.storage}:${content}/${fileName}`
  const path = pathOf(storage, volid)
  const { host } = partsOf(url)
  const task = new NodeTask(call, 'download', fileName)
  task.log(`downloading ${url} to ${path}`)
  task.after(500, () => {
    if (volumesAt(lab, node, storage).some((volume) => volume.volid === volid)) {
      task.end(`refusing to override existing file '${path}'`)
      return
    }
    task.log(`--${lab.wallTime.stamp(lab.wallTime.seconds())}--  ${url}`)
    if (!isReachable(host)) {
      task.log(
        `Resolving ${host} (${host})... failed: Temporary failure in name resolution.`,
        `wget: unable to resolve host address '${host}'`,
      )
      task.end(
        `download failed: command '/usr/bin/wget --progress=dot:giga -O ${path}.tmp ${url}' failed: exit code 4`,
      )
      return
    }
    task.log(
      'HTTP request sent, awaiting response... 200 OK',
      `Length: ${remoteMiB * mebibyte} (${remoteMiB}M)`,
    )
    task.after((remoteMiB / downloadMiBPerSecond) * 1000, () => {
      task.log(`download of '${url}' to '${path}' finished`)
      keep(call, storage, volid, content, remoteMiB * mebibyte)
      task.end()
    })
  })
  return task.upid
}

const mirror = 'http://download.proxmox.com/images/system/'

interface Template {
  readonly file: string
  readonly os: string
  readonly headline: string
}

/** A few of those that Proxmox VE knows when it is installed. */
const templates: readonly Template[] = [
  {
    file: 'alpine-3.21-default_20241217_amd64.tar.xz',
    os: 'alpine',
    headline: 'LXC default image for alpine 3.21 (20241217)',
  },
  {
    file: 'debian-12-standard_12.7-1_amd64.tar.zst',
    os: 'debian-12',
    headline: 'Debian 12 Bookworm (standard)',
  },
  {
    file: 'ubuntu-24.04-standard_24.04-2_amd64.tar.zst',
    os: 'ubuntu-24.04',
    headline: 'Ubuntu 24.04 Noble (standard)',
  },
]

function appliance({ file, os, headline }: Template) {
  const [name = '', version = '', rest = ''] = file.split('_')
  return {
    template: file,
    package: name,
    version,
    architecture: rest.split('.')[0] ?? 'amd64',
    os,
    headline,
    description: headline,
    section: 'system',
    type: 'lxc',
    location: `${mirror}${file}`,
    source: mirror,
    infopage: 'https://pve.proxmox.com/wiki/Linux_Container',
    maintainer: 'Proxmox Support Team <support@proxmox.com>',
  }
}
