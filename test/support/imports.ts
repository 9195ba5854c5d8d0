import { readFileSync } from 'node:fs'
import type { Source } from '../../src/exchange/fhir/formats.ts'
import type { FileReport } from '../../src/exchange/file-report.ts'
import { type ImportOrder, importFhir } from '../../src/exchange/import-fhir.ts'
import { system } from '../../src/kernel/actor.ts'
import { createPractice, type Practice } from '../../src/practice/practices.ts'
import { type Entry, sourceOf } from './bundles.ts'
import { query, type World } from './world.ts'

let count = 0
/** A practice without anything, for one test. */
export async function emptyPractice(world: World): Promise<Practice> {
  return createPractice(world.app, { ...world.practice, slug: `practice-${++count}` })
}

export function take(
  world: World,
  practice: Practice,
  source: Source | string,
  order: Partial<ImportOrder> = {},
): Promise<FileReport> {
  const file = typeof source === 'string' ? sourceOf(source) : source
  return importFhir(world.app, system(practice.id, 'test'), { source: file, ...order })
}

/** One of the small cases, as a file. */
export function caseFile(name: string): Source {
  return sourceOf(readFileSync(`test/data/cases/${name}`), { name })
}

/** A patient as an entry of a bundle. */
export function patientEntry(given: string, family: string, more: object = {}, fullUrl?: string): Entry {
  const resource = {
    resourceType: 'Patient',
    id: '1',
    name: [{ family, given: given.split(' ') }],
    birthDate: '1980-05-04',
    ...more,
  }
  return { ...(fullUrl ? { fullUrl } : {}), resource }
}

/** An uninsured claim as an entry: all of it is the patient's. */
export function claimEntry(id: string, dollars: number, more: object = {}, fullUrl?: string): Entry {
  const item = {
    sequence: 1,
    productOrService: { text: 'Office visit' },
    net: { value: dollars, currency: 'USD' },
  }
  const resource = {
    resourceType: 'Claim',
    id,
    status: 'active',
    use: 'claim',
    patient: { reference: 'Patient/1' },
    created: '2026-09-01',
    billablePeriod: { start: '2026-08-20' },
    item: [item],
    total: { value: dollars, currency: 'USD' },
    ...more,
  }
  return { ...(fullUrl ? { fullUrl } : {}), resource }
}

/** Every bill of a practice as `Given Family 12.00`, past all walls, in the order of their making. */
export async function billed(world: World, practice: Practice): Promise<string[]> {
  const rows = await query<{ text: string }>(
    world,
    `select p.given_name || ' ' || p.family_name || ' ' || round(i.total_cents / 100.0, 2) as text
      from billing.invoice i join identity.patient p on p.practice_id = i.practice_id and p.id = i.patient_id
      where i.practice_id = $1 order by i.id`,
    [practice.id],
  )
  return rows.map(row => row.text)
}

/** Every patient of a practice who is not another's old record, as `Given Family`. */
export async function patientsOf(world: World, practice: Practice): Promise<string[]> {
  const rows = await query<{ text: string }>(
    world,
    `select given_name || ' ' || family_name as text from identity.patient where practice_id = $1 and replaced_by is null order by id`,
    [practice.id],
  )
  return rows.map(row => row.text)
}
