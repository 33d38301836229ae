import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inPveLab } from '../../testing/pve-session.ts'
import { boundaryOf, MultipartReader } from './multipart.ts'

const boundary = 'XyZ'
const formOf = (file: Buffer, name = 'x.iso') =>
  Buffer.concat([
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="content"\r\n\r\niso\r\n--${boundary}\r\nContent-Disposition: form-data; name="filename"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    ),
    file,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])

const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex')

describe('a form with a file', () => {
  it('is read alike however it is cut into pieces', () => {
    const odd = fc.constantFrom('\r\n', '--', boundary, `\r\n--${boundary.slice(0, 2)}`, 'a', '\0')
    fc.assert(
      fc.property(fc.array(odd, { maxLength: 40 }), fc.integer({ min: 1, max: 30 }), (parts, size) => {
        const file = Buffer.from(parts.join('').replaceAll(`\r\n--${boundary}`, ''))
        const form = formOf(file)
        const reader = new MultipartReader(boundary)
        for (let at = 0; at < form.length; at += size) reader.feed(form.subarray(at, at + size))
        const { fields, file: read } = reader.end()
        expect(fields).toEqual({ content: 'iso' })
        expect(read).toMatchObject({ name: 'x.iso', bytes: file.length })
        expect(read?.digests.get('sha256')).toBe(sha256(file))
      }),
    )
  })

  it('names its boundary, with or without quotes', () => {
    expect(boundaryOf('multipart/form-data; boundary=abc')).toBe('abc')
    expect(boundaryOf('multipart/form-data; charset=utf-8; boundary="a b"')).toBe('a b')
    expect(boundaryOf('application/json')).toBeUndefined()
  })
})

describe('a file on a storage', () => {
  it('is sent without a CSRF token, and its checksum compared', async () => {
    await inPveLab({}, async (session) => {
      const { data, send, seconds } = session
      const file = Buffer.from('an image')
      const reader = new MultipartReader(boundary)
      reader.feed(formOf(file, 'C:\\my image.iso'))
      const upload = reader.end()
      const sending = (fields: Readonly<Record<string, string>>) =>
        send('pve1', {
          method: 'POST',
          target: '/api2/json/nodes/pve1/storage/local/upload',
          headers: {
            cookie: `PVEAuthCookie=${encodeURIComponent(session.ticket)}`,
            'content-type': `multipart/form-data; boundary=${boundary}`,
          },
          upload: { ...upload, fields: { ...upload.fields, ...fields } },
        })
      const statusOf = async (upid: unknown) => {
        await seconds(5)
        return data<{ exitstatus: string }>(
          'GET',
          `/nodes/pve1/tasks/${encodeURIComponent(String(upid))}/status`,
        )
      }
      const wrong = await sending({ 'checksum-algorithm': 'sha256', checksum: '00' })
      expect((await statusOf(wrong.json.data)).exitstatus).toContain('checksum mismatch')
      const right = await sending({ 'checksum-algorithm': 'sha256', checksum: sha256(file) })
      expect((await statusOf(right.json.data)).exitstatus).toBe('OK')
      expect(await data('GET', '/nodes/pve1/storage/local/content', { content: 'iso' })).toMatchObject([
        { volid: 'local:iso/my_image.iso', content: 'iso', format: 'iso', size: file.length },
      ])
      expect((await sending({ content: 'vztmpl' })).json.errors).toEqual({ filename: 'wrong file extension' })
    })
  })

  it('is loaded from an address that can be found, once', async () => {
    await inPveLab({}, async ({ call, data, endOf }) => {
      const path = '/nodes/pve1/storage/local/download-url'
      const wish = { content: 'iso', filename: 'debian.iso', url: 'https://deb.debian.org/x/debian.iso' }
      expect(await endOf('POST', path, wish)).toBe('OK')
      expect(await endOf('POST', path, wish)).toContain('refusing to override existing file')
      expect(
        await endOf('POST', path, { ...wish, filename: 'y.iso', url: 'https://nosuch.invalid/y.iso' }),
      ).toContain('exit code 4')
      expect(await data('GET', '/nodes/pve1/storage/local/content', { content: 'iso' })).toHaveLength(1)
      expect(await call('POST', '/nodes/pve1/storage/rbd1/download-url', wish)).toMatchObject({ status: 500 })
    })
  })
})
