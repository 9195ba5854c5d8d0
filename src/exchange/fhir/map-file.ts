import type { PatientId } from '../../kernel/ids.ts'
import { decimalText, sumCents } from '../../kernel/money.ts'
import { type EntryNote, type FileReport, type HeldClaim, NOTHING_NEW } from '../file-report.ts'
import type { SettledCases } from '../match-claims.ts'
import type { SettledCase } from '../name-claims.ts'
import { isWhole, type People } from '../same-person.ts'
import { Held } from './bill-line.ts'
import { type Bill, billOf, claimedCents, notAsking, type Terms } from './bills.ts'
import type { CheckedFile } from './check-file.ts'
import { TAKEN } from './facts.ts'
import { fatesOf, type Mapped } from './fates.ts'
import type { PatientFacts } from './patients.ts'
import { type ClaimReading, readingOf } from './reading.ts'

/** A claim of a file with what the file says of it. */
export type FileClaim = { readonly case: SettledCase; readonly reading: ClaimReading }

/** A file as what it comes to by itself; nothing is written yet. */
export type MappedFile = {
  /** Each with the record of whom it bills. */
  readonly bills: readonly (Bill & { readonly record: PatientId })[]
  readonly report: FileReport
}

/** What a file is mapped beside: who its patients are, which its claims are, and the practice's terms. */
export type Beside = { readonly people: People; readonly claims: SettledCases; readonly terms: Terms }

/** A checked file's claims, read. */
export function readClaims({ facts }: Pick<CheckedFile, 'facts'>, { cases }: SettledCases): FileClaim[] {
  return cases.flatMap(one => {
    const reading = readingOf(one, facts)
    return reading ? [{ case: one, reading }] : []
  })
}

/** Maps a checked file by itself, beside nothing that is known of its claims, and counts what it comes to. */
export function mapFile(file: string, checked: CheckedFile, { people, claims, terms }: Beside): MappedFile {
  const found = readClaims(checked, claims).map(one => ({ ...one, mapped: mapClaim(one, terms) }))
  const bills = found.flatMap(({ case: { patient }, mapped }) =>
    'bill' in mapped && patient !== null ? [{ ...mapped.bill, record: patient }] : [],
  )
  return { bills, report: reportOf(file, checked, { people, claims, mapped: found.map(one => one.mapped) }) }
}

/** One claim as a bill, unless it asks for no money, or something keeps it from becoming one. */
function mapClaim({ case: { held }, reading }: FileClaim, terms: Terms): Mapped {
  const noted = notAsking(reading)
  if (noted !== undefined) return { reading, noted }
  try {
    if (held !== null) throw new Held(held)
    const bill = billOf(reading, terms)
    return { reading, bill, counted: bill }
  } catch (error) {
    if (error instanceof Held) return { reading, held: error.message }
    throw error
  }
}

type Outcome = { readonly people: People; readonly claims: SettledCases; readonly mapped: readonly Mapped[] }

/** What a file came to, once it is known what became of each of its claims. */
export function reportOf(file: string, checked: CheckedFile, { people, claims, mapped }: Outcome): FileReport {
  const { entries, types, facts } = checked
  const repeats = claims.notes.filter(note => isOf(checked, note.entry)).map(plainNote)
  const notes = facts.notes.filter(note => isOf(checked, note.entry)).map(plainNote)
  const patients = [...facts.patients.values()].filter(patient => isOf(checked, patient.entry))
  const bills = mapped.flatMap(one => ('bill' in one ? one.counted : []))
  const asking = mapped.filter(one => !('noted' in one))
  const skipped: Record<string, number> = {}
  for (const [type, count] of types) if (!TAKEN.includes(type)) skipped[type] = count
  const nameless = patients.filter(one => !isWhole(one)).length
  if (nameless > 0) skipped.Patient = nameless
  const lines = bills.flatMap(bill => bill.lines)
  const sum = (key: 'charged' | 'insurancePaid' | 'discount' | 'patientShare') =>
    decimalText(sumCents(lines.map(line => line[key])))
  const waiting = decimalText(sumCents(lines.filter(line => line.waiting).map(line => line.charged)))
  return {
    file,
    status: 'taken',
    why: null,
    at: null,
    entries,
    taken: entries - Object.values(skipped).reduce((a, b) => a + b, 0),
    skipped,
    held: mapped.flatMap(one => ('held' in one ? { claim: one.reading.claim, why: one.held } : [])),
    notes: [...notes, ...repeats, ...mapped.flatMap(notesOf)],
    claims: [
      ...mapped.flatMap(fatesOf),
      ...repeats.map(({ claim, why }) => ({ claim, answer: null, is: 'noted' as const, why })),
    ],
    patients: countPeople(patients, people),
    charges: lines.length,
    invoices: bills.filter(bill => bill.lines.some(line => line.patientShare > 0n)).length,
    ...NOTHING_NEW,
    money: {
      claimed: decimalText(sumCents(asking.map(one => claimedCents(one.reading)))),
      charged: sum('charged'),
      insurancePaid: sum('insurancePaid'),
      discount: sum('discount'),
      patientShare: sum('patientShare'),
      waiting,
    },
  }
}

/** What is told of a claim as a whole: why it asks for nothing, or what was made of what it contradicts itself in. */
function notesOf(mapped: Mapped): HeldClaim[] {
  const { claim } = mapped.reading
  if ('noted' in mapped) return [{ claim, why: mapped.noted }]
  if ('held' in mapped) return []
  return mapped.bill.remarks.filter(({ of }) => of === claim).map(({ why }) => ({ claim, why }))
}

/** Whether an entry is one of this file, among those read together. */
export function isOf({ first, entries }: CheckedFile, entry: number): boolean {
  return entry >= first && entry < first + entries
}

function plainNote({ claim, why }: EntryNote): HeldClaim {
  return { claim, why }
}

/** How many people a file's patients are, as far as that can be told. */
function countPeople(patients: readonly PatientFacts[], { standings }: People): number {
  const found = patients.map(({ source }) => standings.get(source))
  return new Set(found.flatMap(one => (one && 'id' in one ? [one.id] : []))).size
}
