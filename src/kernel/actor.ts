import type { AccountId, LoginId, PatientId, PracticeId, StaffId } from './ids.ts'

/** What one transaction may see: row-level security reads it. `*` is every row of the practice. */
export type Scope = {
  readonly practice: PracticeId
  readonly accounts: '*' | readonly AccountId[]
  readonly patients: '*' | readonly PatientId[]
}

/** A person signed in for a household: what their grants let them see and pay. */
export type PatientActor = {
  readonly kind: 'patient'
  readonly practice: PracticeId
  readonly login: LoginId
  readonly session: string
  readonly name: string
  readonly email: string
  readonly account: AccountId
  readonly patients: readonly PatientId[]
  /** The patient that this person is themselves, where they are one. */
  readonly self: PatientId | null
  /** When this session last proved itself by a fresh emailed code, if it did. */
  readonly steppedUpAt: Temporal.Instant | null
}

export type StaffRole = 'owner' | 'biller'

/** A member of the practice's staff, signed in to the office. */
export type StaffActor = {
  readonly kind: 'staff'
  readonly practice: PracticeId
  readonly login: LoginId
  readonly session: string
  readonly staff: StaffId
  readonly name: string
  readonly role: StaffRole
}

/** Portico itself: a job, a webhook, the command line. */
export type SystemActor = { readonly kind: 'system'; readonly practice: PracticeId; readonly name: string }

export type Actor = PatientActor | StaffActor | SystemActor

/** Portico acting for a practice under a name that the audit shows. */
export function system(practice: PracticeId, name: string): SystemActor {
  return { kind: 'system', practice, name }
}

/** What this actor's own reads may see: patients their grants, staff and Portico the whole practice. */
export function scopeOf(actor: Actor): Scope {
  if (actor.kind !== 'patient') return wholePractice(actor.practice)
  return { practice: actor.practice, accounts: [actor.account], patients: actor.patients }
}

/** The practice's own scope: for settling, which writes shared ledger accounts (reliability 5). */
export function wholePractice(practice: PracticeId): Scope {
  return { practice, accounts: '*', patients: '*' }
}
