import { readRow } from '../audit/reads.ts'
import type { PatientActor, StaffActor } from '../kernel/actor.ts'
import type { AccountId, PatientId } from '../kernel/ids.ts'
import { selectPatientsPaidFor } from '../payments/reservations.ts'
import { rows, type Tx, write } from '../platform/database.ts'
import type { Records } from './records.ts'

type Look = { readonly what: string; readonly request: string; readonly records: Partial<Records> }
type Concerned = { readonly subject?: string; readonly account?: AccountId; readonly patients?: readonly PatientId[] }

/**
 * Says in the audit who looks at what, of which household and at which of its people, in the transaction of the read. It goes out
 * with what follows it: a read whose audit row fails is refused with it (reliability 19).
 */
export async function recordLook(tx: Tx, actor: PatientActor | StaffActor, look: Look): Promise<void> {
  const { what, request, records } = look
  const own = actor.kind === 'patient' ? { account: actor.account } : {}
  await write(tx, readRow(actor, { what, request, ...own, ...(await concerned(tx, actor, records)) }))
}

async function concerned(tx: Tx, actor: PatientActor | StaffActor, records: Partial<Records>): Promise<Concerned> {
  const { bill, payment, method, patient } = records
  if (patient) return { subject: patient.id, account: patient.account, patients: [patient.id] }
  if (bill) return { subject: bill.id, account: bill.account, patients: [bill.patient] }
  if (payment) return { subject: payment.id, account: payment.account, patients: await paidFor(tx, actor, payment) }
  return method ? { subject: method.id } : {}
}

/** A household's own look at a payment is about all of it. */
async function paidFor(
  tx: Tx,
  actor: PatientActor | StaffActor,
  { id }: Records['payment'],
): Promise<readonly PatientId[]> {
  if (actor.kind === 'patient') return []
  return (await rows(tx, selectPatientsPaidFor(actor.practice, id))).map(({ patient }) => patient)
}
