import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { list } from '../platform/database.ts'

/** How often something may be done in so many minutes from its first time on, by whoever or at whatever the key names. */
export type Allowance = { readonly key: string; readonly most: number; readonly minutes: number }

type Needs = Pick<App, 'config' | 'db'>

/**
 * Counts one use of each of these, and answers whether all of them allow it; what one of them refuses counts for none. In a statement of
 * its own, so that nobody waits for what follows; one after another for each key, so that two hundred at once are not one more than it allows.
 */
export async function useAllowances({ config, db }: Needs, allowances: readonly Allowance[]): Promise<boolean> {
  if (!config.limits) return true
  const { rows } = await sql<{
    refused: string | null
  }>`select identity.use_allowances(${list(allowances.map(({ key }) => key))},
    ${allowances.map(({ most }) => most)}::integer[], ${allowances.map(({ minutes }) => minutes * 60)}::double precision[]) as refused`.execute(
    db.kysely,
  )
  return rows[0]?.refused === null
}

/** Takes back one use of each: what was done was not what they limit. In the order of keys, as they are counted. */
export async function giveBack({ config, db }: Needs, allowances: readonly Allowance[]): Promise<void> {
  if (!config.limits) return
  const keys = list(allowances.map(({ key }) => key))
  await sql`update identity.allowance a set used = used - 1
    from (select key from identity.allowance where key = any (${keys}) order by key for update) held
    where a.key = held.key and used > 0`.execute(db.kysely)
}

/** Forgets every use of one. */
export async function forgetUses({ db }: Needs, { key }: Allowance): Promise<void> {
  await sql`delete from identity.allowance where key = ${key}`.execute(db.kysely)
}
