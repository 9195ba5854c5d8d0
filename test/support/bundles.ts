import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { type CheckedFile, checkFile } from '../../src/exchange/fhir/check-file.ts'
import type { Source } from '../../src/exchange/fhir/formats.ts'
import { type MappedFile, mapFile } from '../../src/exchange/fhir/map-file.ts'
import { nameCases, settleCases } from '../../src/exchange/match-claims.ts'
import { tellPeople } from '../../src/exchange/match-people.ts'

export type Entry = { fullUrl?: string; resource?: unknown }

/** Text or bytes as a file to import, cut into chunks of `size` bytes. */
export function sourceOf(content: string | Uint8Array, { name = 'test.json', size = 65_536 } = {}): Source {
  const bytes = Buffer.from(content)
  async function* open() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  return { name, bytes: bytes.length, open }
}

/** A collection of these entries. */
export function bundleOf(entry: readonly Entry[]): string {
  return JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry }, null, 2)
}

/** One of the Synthea patients in seeds/, by first name. */
export function syntheaText(name: string): string {
  return gunzipSync(readFileSync(join('seeds/synthea', `${name}.json.gz`))).toString('utf8')
}

const READING = { today: Temporal.PlainDate.from('2026-11-20'), zone: 'America/New_York' }

/** A file read and checked, on a day and in a zone of its own. */
export async function checkText(content: string | Uint8Array): Promise<CheckedFile> {
  return checkFile(sourceOf(content), READING)
}

/** A file read, checked and mapped, as far as the database's door, where nobody and nothing is known. */
export async function mapText(content: string | Uint8Array): Promise<MappedFile> {
  const checked = await checkText(content)
  const people = tellPeople(checked.facts, [])
  const claims = settleCases(nameCases(checked.facts, people), [])
  return mapFile('test.json', checked, { people, claims, terms: { currency: 'usd', today: READING.today } })
}
