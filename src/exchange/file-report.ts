import { placeText, type Unreadable } from './unreadable.ts'

export type HeldClaim = { readonly claim: string; readonly why: string }

/** What is told of an entry, by its number among those read together. */
export type EntryNote = HeldClaim & { readonly entry: number }

/** What became of one claim, or, where it names one, of an answer to it; `why` where it is held or changes nothing. */
export type Fate = {
  readonly claim: string
  readonly answer: string | null
  readonly is: 'taken' | 'waiting' | 'held' | 'noted'
  readonly why: string | null
}

/** What one file came to, as `import fhir --json` prints it; money as decimal text. */
export type FileReport = {
  readonly file: string
  readonly status: 'taken' | 'unchanged' | 'refused'
  readonly why: string | null
  readonly at: string | null
  readonly entries: number
  readonly taken: number
  readonly skipped: Readonly<Record<string, number>>
  readonly held: readonly HeldClaim[]
  /** What was taken although the file contradicts itself, with what was made of it. */
  readonly notes: readonly HeldClaim[]
  /** Every claim and every answer, whatever became of it. */
  readonly claims: readonly Fate[]
  readonly patients: number
  readonly charges: number
  readonly invoices: number
  /** How many of these nobody knew here before, and how many records the file changed. */
  readonly new: { readonly patients: number; readonly charges: number; readonly invoices: number }
  readonly updated: { readonly patients: number }
  readonly money: {
    readonly claimed: string
    readonly charged: string
    readonly insurancePaid: string
    readonly discount: string
    readonly patientShare: string
    readonly waiting: string
  }
}

/** What a file says of which everything is known. */
export const NOTHING_NEW = { new: { patients: 0, charges: 0, invoices: 0 }, updated: { patients: 0 } } as const

/** The report of a file that was refused whole: nothing of it was counted or written. */
export function refusedReport(file: string, { why, at }: Unreadable): FileReport {
  const zero = '0.00'
  const money = { claimed: zero, charged: zero, insurancePaid: zero, discount: zero, patientShare: zero, waiting: zero }
  const counts = {
    entries: 0,
    taken: 0,
    skipped: {},
    held: [],
    notes: [],
    claims: [],
    patients: 0,
    charges: 0,
    invoices: 0,
    ...NOTHING_NEW,
  }
  return { file, status: 'refused', why, at: at && placeText(at), ...counts, money }
}
