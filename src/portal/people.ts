import type { Words } from '../design/words.ts'
import { fullName, type Patient } from '../identity/patients.ts'
import type { PatientActor } from '../kernel/actor.ts'
import type { PatientId } from '../kernel/ids.ts'

/** What a person on the account is called on a page: "You", or their name. */
export type People = {
  readonly of: (patient: PatientId) => string
  readonly first: (patient: PatientId) => string
  readonly list: readonly Patient[]
}

export function namePeople(words: Words, actor: PatientActor, household: readonly Patient[]): People {
  const byId = new Map(household.map(patient => [patient.id, patient]))
  const nameOf = (id: PatientId, read: (patient: Patient) => string) => {
    const patient = byId.get(id)
    return patient ? read(patient) : ''
  }
  return {
    of: id => (id === actor.self ? words.t('person.You') : nameOf(id, fullName)),
    first: id => (id === actor.self ? words.t('person.you') : nameOf(id, patient => patient.givenName)),
    list: household,
  }
}
