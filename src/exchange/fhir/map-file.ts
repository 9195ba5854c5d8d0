import { decimalText, sumCents } from '../../kernel/money.ts'
import type { FileReport, HeldClaim } from '../file-report.ts'
import { Held } from './bill-line.ts'
import { type Bill, billOf, claimedCents, notAsking, type Terms } from './bills.ts'
import { resolve } from './bundle-index.ts'
import type { CheckedFile } from './check-file.ts'
import type { ClaimFacts } from './claims.ts'
import { type FileFacts, TAKEN } from './facts.ts'
import { fatesOf, type Mapped } from './fates.ts'
import type { PatientFacts } from './people.ts'
import { type Case, type ClaimReading, readingOf } from './reading.ts'

/** A file as what is to be recorded of it; nothing is written yet. */
export type MappedFile = {
  readonly patients: readonly (PatientFacts & { readonly bornOn: Temporal.PlainDate })[]
  readonly bills: readonly Bill[]
  readonly report: FileReport
}

/** The claims whose patient is not in the file but named by a whole URL, by which an earlier file may have brought them. */
export function patientsElsewhere(facts: FileFacts): string[] {
  const targets = casesOf(facts).map(({ claim, explanations }) => (claim ?? explanations[0])?.patient?.target ?? '')
  return [...new Set(targets.filter(target => /^https?:\/\//.test(target) && resolve(facts.index, target) === null))]
}

/**
 * Maps a checked file to patients and bills, and counts them. `known` are the patients of earlier files;
 * `terms` are the practice's, `contradictions` are the bills that the books contradict, by their sources.
 */
export function mapFile(
  file: string,
  checked: CheckedFile,
  known: ReadonlySet<string>,
  terms: Terms,
  contradictions: ReadonlyMap<string, string> = new Map(),
): MappedFile {
  const { facts } = checked
  const patients = [...facts.patients.values()].filter(patient => isWhole(patient))
  const recorded = new Set([...known, ...patients.map(patient => patient.source)])
  const readings = casesOf(facts).flatMap(one => readingOf(one, facts) ?? [])
  const mapped = readings.map(reading =>
    mapClaim(reading, terms, bill =>
      recorded.has(bill.patient) ? contradictions.get(bill.source) : patientMissing(facts, bill.patient),
    ),
  )
  return { patients, bills: billsOf(mapped), report: reportOf(file, checked, patients, mapped) }
}

/** One claim as a bill, unless it asks for no money, or something keeps it from becoming one. */
function mapClaim(reading: ClaimReading, terms: Terms, keeps: (bill: Bill) => string | undefined): Mapped {
  const noted = notAsking(reading)
  if (noted !== undefined) return { reading, noted }
  try {
    const bill = billOf(reading, terms)
    const held = keeps(bill)
    return held === undefined ? { reading, bill } : { reading, held }
  } catch (error) {
    if (error instanceof Held) return { reading, held: error.message }
    throw error
  }
}

function billsOf(mapped: readonly Mapped[]): Bill[] {
  return mapped.flatMap(one => ('bill' in one ? one.bill : []))
}

function isWhole(patient: PatientFacts): patient is PatientFacts & { bornOn: Temporal.PlainDate } {
  return patient.bornOn !== null && (patient.givenName !== '' || patient.familyName !== '')
}

function patientMissing(facts: FileFacts, source: string): string {
  if (!facts.patients.has(source)) return 'Its patient is not in this file.'
  return 'Its patient has no whole birth date or no name.'
}

/**
 * Every claim with its explanations. One whose claim is not in the file stands alone: under that claim's name where it
 * is a name everywhere (a URL, a URN), else under its own.
 */
function casesOf(facts: FileFacts): Case[] {
  const answers = Map.groupBy(facts.explanations, one => {
    const target = one.claim?.target ?? one.source
    return resolve(facts.index, target) ?? target
  })
  const claims = [...facts.claims.values()].map(claim => ({
    source: claim.source,
    claim,
    explanations: answers.get(claim.source) ?? [],
  }))
  const alone = [...answers].filter(([name]) => !facts.claims.has(name))
  const nameOf = (target: string, first: ClaimFacts | undefined) =>
    /^(https?|urn):/.test(target) ? target : (first?.source ?? target)
  return [
    ...claims,
    ...alone.map(([name, explanations]) => ({ source: nameOf(name, explanations[0]), claim: null, explanations })),
  ]
}

function reportOf(
  file: string,
  { entries, types, facts }: CheckedFile,
  patients: readonly PatientFacts[],
  mapped: readonly Mapped[],
): FileReport {
  const bills = billsOf(mapped)
  const asking = mapped.filter(one => !('noted' in one))
  const skipped: Record<string, number> = {}
  for (const [type, count] of types) if (!TAKEN.includes(type)) skipped[type] = count
  const nameless = facts.patients.size - patients.length
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
    notes: mapped.flatMap(notesOf),
    claims: mapped.flatMap(fatesOf),
    patients: patients.length,
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
