import { findPatient, fullName } from '../identity/patients.ts'
import type { Actor } from '../kernel/actor.ts'
import type { PatientId } from '../kernel/ids.ts'
import type { Tx } from '../platform/database.ts'
import { getPractice } from '../practice/practices.ts'
import { type HeldLine, heldLines } from './claims/held-lines.ts'
import { HELD_ANSWERS, listHeld } from './claims/kept-claims.ts'

export { HELD_ANSWERS }

/** A claim that waits for staff, with all that deciding needs. */
export type HeldClaim = {
  readonly claim: string
  /** What its file called it. */
  readonly name: string
  /** Whose it is; null while that is what it is held for. */
  readonly patient: PatientId | null
  /** Their name; where nobody knows who they are, what the file says of them. */
  readonly person: string | null
  readonly title: string
  readonly servicedOn: Temporal.PlainDate | null
  readonly payer: string | null
  readonly why: string
  readonly lines: readonly HeldLine[]
}

/** The claims that wait for staff, longest first. */
export async function listHeldClaims(tx: Tx, { practice }: Actor): Promise<HeldClaim[]> {
  const { currency } = await getPractice(tx, practice)
  const found: HeldClaim[] = []
  for (const { key, name, patient, reading, why } of await listHeld(tx, practice)) {
    const known = patient ? await findPatient(tx, practice, patient) : undefined
    const { title, servicedOn, payer, person } = reading
    found.push({
      claim: key,
      name,
      patient,
      person: known ? fullName(known) : person,
      title,
      servicedOn,
      payer: payer.name,
      why: why ?? '',
      lines: heldLines(reading, currency),
    })
  }
  return found
}
