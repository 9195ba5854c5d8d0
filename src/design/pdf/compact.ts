import { promisify } from 'node:util'
import { deflate, deflateSync } from 'node:zlib'

const deflateAside = promisify(deflate)
const PER_STREAM = 400
const LARGE = 100_000 // beyond it, compressing would hold up the event loop

type Found = { id: number; offset: number; body: Buffer; stream: boolean }

/**
 * The same document with its small objects packed into compressed object streams (PDF 1.5, ISO 32000-1, 7.5.7). pdfkit
 * writes each tagged cell as an object of its own, in the open: packed, a bill is less than half as large.
 */
export async function compact(bytes: Buffer): Promise<Buffer> {
  const trailer = bytes.toString('latin1', bytes.lastIndexOf('trailer'))
  const size = Number(/\/Size (\d+)/.exec(trailer)?.[1])
  const objects = objectsOf(bytes, Number(/startxref\s+(\d+)/.exec(trailer)?.[1]), size)
  const out: Buffer[] = [bytes.subarray(0, objects[0]?.offset ?? 0)]
  let length = out[0]?.length ?? 0
  const entries: [type: number, at: number, index: number][] = Array.from({ length: size }, () => [0, 0, 0])

  const push = (id: number, body: Buffer) => {
    entries[id] = [1, length, 0]
    const whole = Buffer.concat([Buffer.from(`${id} 0 obj\n`, 'latin1'), body, Buffer.from('\nendobj\n', 'latin1')])
    out.push(whole)
    length += whole.length
  }
  for (const { id, body } of objects.filter(object => object.stream)) push(id, await squeezed(body))
  const small = objects.filter(object => !object.stream)
  let next = size
  for (let i = 0; i < small.length; i += PER_STREAM) {
    const group = small.slice(i, i + PER_STREAM)
    group.forEach(({ id }, index) => {
      entries[id] = [2, next, index]
    })
    push(next++, await objectStream(group))
  }
  const start = length
  entries[next] = [1, start, 0]
  const keys = ['Root', 'Info', 'ID'].map(
    key => new RegExp(`/${key} (\\[[^\\]]*\\]|\\d+ 0 R)`).exec(trailer)?.[0] ?? '',
  )
  push(next, await crossReference(entries, keys.join(' ')))
  return Buffer.concat([...out, Buffer.from(`startxref\n${start}\n%%EOF\n`, 'latin1')])
}

/** Each object with its bytes, found through the file's own table. */
function objectsOf(bytes: Buffer, table: number, size: number): Found[] {
  const rows = bytes.toString('latin1', bytes.indexOf('\n', bytes.indexOf('\n', table) + 1) + 1).split('\n', size)
  const offsets = rows.flatMap((row, id) => (row.charAt(17) === 'n' ? [{ id, offset: Number(row.slice(0, 10)) }] : []))
  offsets.sort((a, b) => a.offset - b.offset)
  return offsets.map(({ id, offset }, i) => {
    const start = bytes.indexOf('obj', offset) + 4
    const end = bytes.lastIndexOf('endobj', offsets[i + 1]?.offset ?? table) - 1
    const body = bytes.subarray(start, end)
    return { id, offset, body, stream: body.subarray(-9).toString('latin1') === 'endstream' }
  })
}

/** A stream with its content compressed, unless it is already, or is the metadata that any tool must find by looking. */
async function squeezed(body: Buffer): Promise<Buffer> {
  const at = body.indexOf('stream\n')
  const dictionary = body.toString('latin1', 0, at)
  if (/\/Filter|\/Metadata/.test(dictionary)) return body
  const entries = dictionary.replace(/^<<|>>\s*$|\/Length \d+/g, '').trim()
  return streamOf(entries, body.subarray(at + 7, body.length - '\nendstream'.length))
}

async function objectStream(group: readonly Found[]): Promise<Buffer> {
  let at = 0
  const heads = group.map(({ id, body }) => {
    const head = `${id} ${at}`
    at += body.length + 1
    return head
  })
  const index = Buffer.from(`${heads.join(' ')}\n`, 'latin1')
  const bodies = group.flatMap(({ body }) => [body, Buffer.from('\n')])
  return streamOf(`/Type /ObjStm /N ${group.length} /First ${index.length}`, Buffer.concat([index, ...bodies]))
}

function crossReference(entries: readonly [number, number, number][], keys: string): Promise<Buffer> {
  const table = Buffer.alloc(entries.length * 7)
  entries.forEach(([type, at, index], i) => {
    table.writeUInt8(type, i * 7)
    table.writeUInt32BE(at, i * 7 + 1)
    table.writeUInt16BE(index, i * 7 + 5)
  })
  return streamOf(`/Type /XRef /Size ${entries.length} /W [1 4 2] ${keys}`, table)
}

async function streamOf(dictionary: string, content: Buffer): Promise<Buffer> {
  const packed = content.length > LARGE ? await deflateAside(content) : deflateSync(content)
  const head = Buffer.from(`<< ${dictionary} /Filter /FlateDecode /Length ${packed.length} >>\nstream\n`, 'latin1')
  return Buffer.concat([head, packed, Buffer.from('\nendstream', 'latin1')])
}
