import { createHash } from 'node:crypto'
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

export type MadeFile = { readonly path: string; readonly entries: number; readonly bytes: number }

type Entry = { resource: { resourceType: string; name?: { family: string }[]; identifier?: { value: string }[] } }

/** A Bundle of the demo's records, so many times over: each time other people with ids and numbers of their own. */
export function makeBundle(path: string, copies: number): MadeFile {
  const records = readdirSync(join('seeds', 'synthea')).filter(name => name.endsWith('.json.gz'))
  const file = openSync(path, 'w')
  let entries = 0
  let bytes = writeSync(file, '{"resourceType":"Bundle","type":"collection","entry":[')
  for (let copy = 0; copy < copies; copy++)
    for (const record of records)
      for (const entry of entriesOf(record, `${copy} ${record}`)) {
        bytes += writeSync(file, `${entries > 0 ? ',\n' : ''}${JSON.stringify(entry)}`)
        entries++
      }
  bytes += writeSync(file, ']}')
  closeSync(file)
  return { path, entries, bytes }
}

function entriesOf(record: string, mark: string): Entry[] {
  const text = gunzipSync(readFileSync(join('seeds', 'synthea', record))).toString('utf8')
  const own = text.replace(/[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}/g, id => uuidOf(`${id} ${mark}`))
  const { entry }: { entry: Entry[] } = JSON.parse(own)
  for (const { resource } of entry) {
    if (resource.resourceType !== 'Patient') continue
    for (const name of resource.name ?? []) name.family += ` ${mark}`
    for (const identifier of resource.identifier ?? []) identifier.value += ` ${mark}`
  }
  return entry
}

function uuidOf(text: string): string {
  return createHash('md5')
    .update(text)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
