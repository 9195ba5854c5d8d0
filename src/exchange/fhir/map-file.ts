import { type Currency, decimalText, sumCents } from '../../kernel/money.ts'
import type { FileReport, HeldClaim } from '../file-report.ts'
import { Held } from './bill-line.ts'
import { type Bill, billOf, type Case, claimedCents, notAsking } from './bills.ts'
import { resolve } from './bundle-index.ts'
import type { CheckedFile } from './check-file.ts'
import type { ClaimFacts } from './claims.ts'
import { type FileFacts, TAKEN } from './facts.ts'
import type { PatientFacts } from './people.ts'

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
 * `currency` is the practice's, `contradictions` are the bills that the books contradict, by their sources.
 */
export function mapFile(
  file: string,
  checked: CheckedFile,
  known: ReadonlySet<string>,
  currency: Currency,
  contradictions: ReadonlyMap<string, string> = new Map(),
): MappedFile {
  const { facts } = checked
  const patients = [...facts.patients.values()].filter(patient => isWhole(patient))
  const recorded = new Set([...known, ...patients.map(patient => patient.source)])
  const bills: Bill[] = []
  const held: HeldClaim[] = []
  const cases = casesOf(facts)
  const asking = cases.filter(one => notAsking(one) === undefined)
  for (const one of asking) {
    try {
      const bill = billOf(one, facts, currency)
      if (!recorded.has(bill.patient)) throw new Held(patientMissing(facts, bill.patient))
      const contradicted = contradictions.get(bill.source)
      if (contradicted) throw new Held(contradicted)
      bills.push(bill)
    } catch (error) {
      if (!(error instanceof Held)) throw error
      held.push({ claim: one.source, why: error.message })
    }
  }
  const claimed = sumCents(asking.map(claimedCents))
  const notes = [
    ...cases.map(one => ({ claim: one.source, why: notAsking(one) })),
    ...bills.map(bill => ({ claim: bill.claim, why: bill.note ?? undefined })),
  ].filter((note): note is HeldClaim => note.why !== undefined)
  return { patients, bills, report: reportOf(file, checked, { patients, bills, held, notes, claimed }) }
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

type Outcome = {
  patients: readonly PatientFacts[]
  bills: readonly Bill[]
  held: readonly HeldClaim[]
  notes: readonly HeldClaim[]
  claimed: bigint
}

function reportOf(file: string, { entries, types, facts }: CheckedFile, outcome: Outcome): FileReport {
  const { patients, bills, held, notes, claimed } = outcome
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
    held,
    notes,
    patients: patients.length,
    charges: lines.length,
    invoices: bills.filter(bill => bill.lines.some(line => line.patientShare > 0n)).length,
    money: {
      claimed: decimalText(claimed),
      charged: sum('charged'),
      insurancePaid: sum('insurancePaid'),
      discount: sum('discount'),
      patientShare: sum('patientShare'),
      waiting,
    },
  }
}
