import { sql } from 'kysely'
import {
  type AccountId,
  type ChargeId,
  type ClinicianId,
  type LocationId,
  newId,
  type PatientId,
  type PracticeId,
} from '../kernel/ids.ts'
import type { Cents } from '../kernel/money.ts'
import { list, rows, type Tx, unnested } from '../platform/database.ts'

export type Diagnosis = { readonly code: string; readonly system: string; readonly display: string }

/** What one service cost and who bears it: charged = insurance paid + discount + patient's share, once answered. */
export type ChargeFacts = {
  readonly account: AccountId
  readonly patient: PatientId
  /** The claim it came with; unique with `sequence`. */
  readonly source: string
  readonly sequence: number
  readonly title: string
  readonly code: string | null
  readonly codeSystem: string | null
  readonly description: string
  /** What the line is made of, where the insurer answered the claim as a whole. */
  readonly items?: readonly string[]
  readonly units: number
  readonly diagnoses: readonly Diagnosis[]
  readonly clinician: ClinicianId | null
  readonly location: LocationId | null
  readonly payer: string | null
  readonly servicedOn: Temporal.PlainDate
  readonly charged: Cents
  readonly insurancePaid: Cents
  readonly discount: Cents
  readonly patientShare: Cents
  /** True while no insurer has answered: shown, not billed. */
  readonly waiting: boolean
}

export type RecordedCharge = ChargeFacts & { readonly id: ChargeId }

export type WaitingCharge = {
  readonly id: ChargeId
  readonly patient: PatientId
  readonly title: string
  readonly description: string
  readonly servicedOn: Temporal.PlainDate
  readonly charged: Cents
  readonly payer: string | null
}

/** What is known of a claim's lines already, by their sequence. */
export async function listClaimCharges(
  tx: Tx,
  practice: PracticeId,
  source: string,
): Promise<{ id: ChargeId; sequence: number; waiting: boolean }[]> {
  return rows(
    tx,
    sql<{
      id: ChargeId
      sequence: number
      waiting: boolean
    }>`select id, sequence, state = 'waiting' as waiting from billing.charge
      where practice_id = ${practice} and source = ${source} and withdrawn_at is null order by sequence for update`,
  )
}

/** The households whose charges these claims are. */
export async function findClaimAccounts(
  tx: Tx,
  practice: PracticeId,
  sources: readonly string[],
): Promise<AccountId[]> {
  const found = await rows(
    tx,
    sql<{ account: AccountId }>`select distinct account_id as account from billing.charge
      where practice_id = ${practice} and source = any (${list(sources)}) and withdrawn_at is null`,
  )
  return found.map(each => each.account)
}

/** Takes charges away that wait and that their claim asks for no longer, or otherwise. */
export async function dropCharges(tx: Tx, practice: PracticeId, ids: readonly ChargeId[]): Promise<void> {
  await sql`update billing.charge set withdrawn_at = now()
    where practice_id = ${practice} and id = any (${list(ids)}) and state = 'waiting'`.execute(tx)
}

/** Writes new charges. */
export async function insertCharges(
  tx: Tx,
  practice: PracticeId,
  facts: readonly ChargeFacts[],
): Promise<RecordedCharge[]> {
  const charges = facts.map(fact => ({ ...fact, id: newId('chg') }))
  if (charges.length === 0) return charges
  const given = unnested('given', charges, {
    id: ['text', each => each.id],
    account_id: ['text', each => each.account],
    patient_id: ['text', each => each.patient],
    source: ['text', each => each.source],
    sequence: ['integer', each => each.sequence],
    title: ['text', each => each.title],
    code: ['text', each => each.code],
    code_system: ['text', each => each.codeSystem],
    description: ['text', each => each.description],
    units: ['integer', each => each.units],
    diagnoses: ['jsonb', each => JSON.stringify(each.diagnoses)],
    items: ['jsonb', each => JSON.stringify(each.items ?? [])],
    clinician_id: ['text', each => each.clinician],
    location_id: ['text', each => each.location],
    payer: ['text', each => each.payer],
    serviced_on: ['date', each => each.servicedOn],
    charged_cents: ['bigint', each => each.charged],
    insurance_paid_cents: ['bigint', each => each.insurancePaid],
    discount_cents: ['bigint', each => each.discount],
    share_cents: ['bigint', each => each.patientShare],
    state: ['text', each => (each.waiting ? 'waiting' : 'answered')],
  })
  await sql`insert into billing.charge (practice_id, id, account_id, patient_id, source, sequence, title, code, code_system, description, units, diagnoses, items,
      clinician_id, location_id, payer, serviced_on, charged_cents, insurance_paid_cents, discount_cents, share_cents, state)
    select ${practice}, id, account_id, patient_id, source, sequence, title, code, code_system, description, units, diagnoses, items,
      clinician_id, location_id, payer, serviced_on, charged_cents, insurance_paid_cents, discount_cents, share_cents, state from ${given}`.execute(
    tx,
  )
  return charges
}

/** Records the insurer's answer to a charge that was waiting. */
export async function answerCharge(
  tx: Tx,
  practice: PracticeId,
  id: ChargeId,
  answer: Pick<ChargeFacts, 'insurancePaid' | 'discount' | 'patientShare'>,
): Promise<void> {
  await sql`update billing.charge set state = 'answered', insurance_paid_cents = ${answer.insurancePaid}, discount_cents = ${answer.discount},
    share_cents = ${answer.patientShare} where practice_id = ${practice} and id = ${id} and state = 'waiting'`.execute(
    tx,
  )
}

/** How many services of this account wait for insurance. */
export function selectWaitingCount(practice: PracticeId, account: AccountId) {
  return sql<{
    waiting: number
  }>`select count(*)::int4 as waiting from billing.charge where practice_id = ${practice} and account_id = ${account} and state = 'waiting' and withdrawn_at is null`
}

/** What waits for insurance on this account, newest first: shown, never in a sum of what is owed. */
export function selectWaiting(practice: PracticeId, account: AccountId) {
  return sql<WaitingCharge>`select id, patient_id as patient, title, description, serviced_on as "servicedOn", charged_cents as charged, payer from billing.charge
    where practice_id = ${practice} and account_id = ${account} and state = 'waiting' and withdrawn_at is null order by serviced_on desc, id desc limit 100`
}
