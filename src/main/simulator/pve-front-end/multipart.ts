/** A form with a file (RFC 7578), read as it comes in: of the file only its length and its digests are kept. */
import { createHash, type Hash } from 'node:crypto'

export interface UploadedFile {
  readonly name: string
  readonly bytes: number
  /** In hexadecimal, by the names of the algorithms. */
  readonly digests: ReadonlyMap<string, string>
}

export interface UploadForm {
  readonly fields: Readonly<Record<string, string>>
  readonly file: UploadedFile | undefined
}

const algorithms = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512']
/** Bytes of the heads of a part, and of a field that is no file. */
const largestHead = 8192

export function boundaryOf(contentType: string | undefined): string | undefined {
  const [, quoted, bare] =
    /^multipart\/form-data\b.*\bboundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType ?? '') ?? []
  return quoted ?? bare
}

interface Part {
  readonly field: string
  readonly fileName: string | undefined
  readonly hashes: readonly (readonly [string, Hash])[]
  bytes: number
  text: string
}

export class MultipartReader {
  readonly #delimiter: Buffer
  readonly #fields: Record<string, string> = {}
  #pending: Buffer
  #part: Part | undefined
  #file: UploadedFile | undefined
  #isOver = false

  constructor(boundary: string) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`)
    // The first delimiter stands at the very beginning.
    this.#pending = Buffer.from('\r\n')
  }

  feed(data: Buffer): void {
    if (this.#isOver) return
    this.#pending = Buffer.concat([this.#pending, data])
    while (!this.#isOver && (this.#part === undefined ? this.#beginPart() : this.#continuePart()));
  }

  end(): UploadForm {
    return { fields: this.#fields, file: this.#file }
  }

  /** Whether there is more to read. */
  #beginPart(): boolean {
    const start = this.#pending.indexOf(this.#delimiter)
    if (start < 0) return false
    const after = start + this.#delimiter.length
    if (this.#pending.subarray(after, after + 2).toString() === '--') {
      this.#isOver = true
      return false
    }
    const headEnd = this.#pending.indexOf('\r\n\r\n', after)
    if (headEnd < 0 || headEnd - after > largestHead) return false
    const head = this.#pending.subarray(after, headEnd).toString('utf8')
    const [, field = ''] = /\bname="([^"]*)"/.exec(head) ?? []
    const [, fileName] = /\bfilename="([^"]*)"/.exec(head) ?? []
    const wanted = this.#fields['checksum-algorithm']
    const names = fileName === undefined ? [] : wanted === undefined ? algorithms : [wanted]
    const hashes = names
      .filter((name) => algorithms.includes(name))
      .map((name) => [name, createHash(name)] as const)
    this.#part = { field, fileName, hashes, bytes: 0, text: '' }
    this.#pending = this.#pending.subarray(headEnd + 4)
    return true
  }

  #continuePart(): boolean {
    const part = this.#part as Part
    const end = this.#pending.indexOf(this.#delimiter)
    const certain = end < 0 ? this.#pending.length - this.#delimiter.length : end
    if (certain > 0) this.#take(part, this.#pending.subarray(0, certain))
    if (end < 0) {
      if (certain > 0) this.#pending = this.#pending.subarray(certain)
      return false
    }
    this.#pending = this.#pending.subarray(end)
    this.#finish(part)
    this.#part = undefined
    return true
  }

  #take(part: Part, data: Buffer): void {
    part.bytes += data.length
    for (const [, hash] of part.hashes) hash.update(data)
    if (part.fileName === undefined && part.text.length < largestHead) part.text += data.toString('utf8')
  }

  #finish({ field, fileName, hashes, bytes, text }: Part): void {
    if (fileName === undefined) this.#fields[field] = text
    else
      this.#file = {
        name: fileName,
        bytes,
        digests: new Map(hashes.map(([name, hash]) => [name, hash.digest('hex')])),
      }
  }
}
