import { sql } from 'kysely'
import { type LocationId, newId, type PracticeId } from '../kernel/ids.ts'
import { one, type Tx } from '../platform/database.ts'
import type { Address } from './practices.ts'

/** A place where care is given. */
export type Location = {
  readonly id: LocationId
  readonly name: string
  readonly phone: string | null
  readonly address: Address
}

/** `source` is where the facts come from: a FHIR fullUrl or reference; recorded once per practice. */
export type LocationFacts = Omit<Location, 'id'> & { readonly source: string }

/** Records a location once per source; a second time the first one is found and nothing changes. */
export async function recordLocation(
  tx: Tx,
  practice: PracticeId,
  facts: LocationFacts,
): Promise<{ id: LocationId; made: boolean }> {
  const { source, name, phone, address } = facts
  return one(
    tx,
    sql<{ id: LocationId; made: boolean }>`with fresh as (
        insert into practice.location (practice_id, id, source, name, phone, address)
        values (${practice}, ${newId('loc')}, ${source}, ${name}, ${phone}, ${JSON.stringify(address)})
        on conflict (practice_id, source) do nothing returning id)
      select id, true as made from fresh
      union all select id, false from practice.location where practice_id = ${practice} and source = ${source} limit 1`,
  )
}
