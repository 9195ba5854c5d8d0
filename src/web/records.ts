import { findInvoice } from '../billing/invoices.ts'
import { findPatient } from '../identity/patients.ts'
import { type Id, isId, type PracticeId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusal.ts'
import { findUnsent } from '../notifications/messages.ts'
import { findMethod } from '../payments/methods.ts'
import { findPayment } from '../payments/payments.ts'
import type { Tx } from '../platform/database.ts'
import { findDispute } from '../returns/disputes.ts'
import { findRefund } from '../returns/refunds.ts'
import { checkText } from './forms.ts'

/** What ids in addresses and forms name: how such an id begins, and who finds the record. */
export const recordKinds = {
  bill: kind('inv', findInvoice),
  payment: kind('pay', findPayment),
  method: kind('mth', findMethod),
  patient: kind('pat', findPatient),
  refund: kind('rfd', findRefund),
  dispute: kind('dsp', findDispute),
  letter: kind('msg', findUnsent),
}

/** Ids that a form brings to life: minted with the page, for its session and household (`payments/mint.ts`). */
export const mintedKinds = { payment: 'pay', refund: 'rfd' } as const

type Kinds = typeof recordKinds
export type RecordKind = keyof Kinds
export type MintedKind = keyof typeof mintedKinds
/** What a handler is given for each name in its address; a token or a file's name is a word, and no record. */
export type Records = { [Kind in RecordKind]: NonNullable<Awaited<ReturnType<Kinds[Kind]['find']>>> } & {
  token: string
  file: string
}
export type RecordName = keyof Records

function kind<Prefix extends string, Found>(
  prefix: Prefix,
  find: (tx: Tx, practice: PracticeId, id: Id<Prefix>) => Promise<Found | undefined>,
) {
  return {
    prefix,
    find: async (tx: Tx, practice: PracticeId, id: string) => (isId(prefix, id) ? find(tx, practice, id) : undefined),
  }
}

/**
 * The record an id names, as far as this transaction's scope may see it: row-level security decides, so unknown and
 * forbidden are the same refusal (`absent`).
 */
export async function lookUp<Name extends RecordName>(
  tx: Tx,
  practice: PracticeId,
  name: Name,
  id: string,
): Promise<Records[Name]> {
  const found = isRecordKind(name) ? await recordKinds[name].find(tx, practice, id) : wordOf(id)
  if (found === undefined) throw new Refusal('absent', 'absent')
  return found as Records[Name]
}

function isRecordKind(name: RecordName): name is RecordKind {
  return Object.hasOwn(recordKinds, name)
}

const wordOf = (text: string) => (text.length <= 200 ? checkText(text) : undefined)
