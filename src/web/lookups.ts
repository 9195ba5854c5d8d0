import { findInvoice } from '../billing/invoices.ts'
import { findPatient } from '../identity/patients.ts'
import { isId, type PracticeId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusal.ts'
import { findUnsent } from '../notifications/messages.ts'
import { findMethod } from '../payments/methods.ts'
import { findPayment } from '../payments/payments.ts'
import type { Tx } from '../platform/database.ts'
import { checkText } from './forms.ts'
import type { Records } from './route.ts'

/**
 * The record an id names, as far as this transaction's scope may see it: row-level security decides, so unknown and
 * forbidden are the same refusal (`absent`).
 */
export async function lookUp<Kind extends keyof Records>(
  tx: Tx,
  practice: PracticeId,
  kind: Kind,
  id: string,
): Promise<Records[Kind]> {
  const found = await find(tx, practice, kind, id)
  if (found === undefined) throw new Refusal('absent', 'absent')
  return found as Records[Kind]
}

async function find(
  tx: Tx,
  practice: PracticeId,
  kind: keyof Records,
  id: string,
): Promise<Records[keyof Records] | undefined> {
  switch (kind) {
    case 'bill':
      return isId('inv', id) ? findInvoice(tx, practice, id) : undefined
    case 'payment':
      return isId('pay', id) ? findPayment(tx, practice, id) : undefined
    case 'method':
      return isId('mth', id) ? findMethod(tx, practice, id) : undefined
    case 'patient':
      return isId('pat', id) ? findPatient(tx, practice, id) : undefined
    case 'letter':
      return isId('msg', id) ? findUnsent(tx, practice, id) : undefined
    case 'token':
    case 'file':
      return id.length <= 200 ? checkText(id) : undefined
  }
}
