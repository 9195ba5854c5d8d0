import type { PatientId } from '../../kernel/ids.ts'
import { decimalText, sumCents } from '../../kernel/money.ts'
import type { FileReport, HeldClaim } from '../file-report.ts'
import type { SettledCases } from '../match-claims.ts'
import { isWhole, type People } from '../same-person.ts'
import { Held } from './bill-line.ts'
import { type Bill, billOf, claimedCents, notAsking, type Terms } from './bills.ts'
import type { CheckedFile } from './check-file.ts'
import { type FileFacts, TAKEN } from './facts.ts'
import { fatesOf, type Mapped } from './fates.ts'
import { type ClaimReading, readingOf } from './reading.ts'

/** A file as what is to be recorded of it; nothing is written yet. */
export type MappedFile = {
  /** Each with the record of whom it bills. */
  readonly bills: readonly (Bill & { readonly record: PatientId })[]
  readonly report: FileReport
}

/** What a file is mapped beside: who its patients are, which its claims are, and what the books contradict, by their sources. */
export type Beside = {
  readonly people: People
  readonly claims: SettledCases
  readonly terms: Terms
  readonly contradictions?: ReadonlyMap<string, string>
}

/** Maps a checked file to bills, and counts them. */
export function mapFile(file: string, checked: CheckedFile, beside: Beside): MappedFile {
  const { claims, people } = beside
  const mapped = claims.cases.flatMap(one => {
    const reading = readingOf(one, checked.facts)
    return reading ? [{ record: one.patient, ...mapClaim(reading, one.held, beside) }] : []
  })
  const bills = mapped.flatMap(one =>
    'bill' in one && one.record !== null ? [{ ...one.bill, record: one.record }] : [],
  )
  return { bills, report: reportOf(file, checked, people, { mapped, bills, repeats: claims.notes }) }
}

/** One claim as a bill, unless it asks for no money, or something keeps it from becoming one. */
function mapClaim(reading: ClaimReading, held: string | null, { terms, contradictions }: Beside): Mapped {
  const noted = notAsking(reading)
  if (noted !== undefined) return { reading, noted }
  try {
    if (held !== null) throw new Held(held)
    const bill = billOf(reading, terms)
    const contradicted = contradictions?.get(bill.source)
    return contradicted === undefined ? { reading, bill } : { reading, held: contradicted }
  } catch (error) {
    if (error instanceof Held) return { reading, held: error.message }
    throw error
  }
}

type Outcome = {
  readonly mapped: readonly Mapped[]
  readonly bills: readonly Bill[]
  /** The claims that came twice. */
  readonly repeats: readonly HeldClaim[]
}

function reportOf(
  file: string,
  { entries, types, facts }: CheckedFile,
  people: People,
  { mapped, bills, repeats }: Outcome,
): FileReport {
  const asking = mapped.filter(one => !('noted' in one))
  const skipped: Record<string, number> = {}
  for (const [type, count] of types) if (!TAKEN.includes(type)) skipped[type] = count
  const nameless = [...facts.patients.values()].filter(one => !isWhole(one)).length
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
    notes: [...repeats, ...mapped.flatMap(notesOf)],
    claims: [
      ...mapped.flatMap(fatesOf),
      ...repeats.map(({ claim, why }) => ({ claim, answer: null, is: 'noted' as const, why })),
    ],
    patients: countPeople(facts, people),
    charges: lines.length,
    invoices: bills.filter(bill => bill.lines.some(line => line.patientShare > 0n)).length,
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

/** How many people the file's patients are, as far as that can be told. */
function countPeople({ patients }: FileFacts, { standings }: People): number {
  const found = [...patients.keys()].map(source => standings.get(source))
  return new Set(found.flatMap(one => (one && 'id' in one ? [one.id] : []))).size
}
