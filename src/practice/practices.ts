import { sql } from 'kysely'
import { isOfDemo, recordEvent } from '../audit/events.ts'
import { system, wholePractice } from '../kernel/actor.ts'
import { newId, type PracticeId } from '../kernel/ids.ts'
import type { Locale } from '../kernel/locale.ts'
import type { Currency } from '../kernel/money.ts'
import { RESERVED_SLUGS } from '../kernel/paths.ts'
import { Refusal } from '../kernel/refusal.ts'
import type { App } from '../platform/app.ts'
import { breaksUnique, type Db, one, rows, type Tx, transact } from '../platform/database.ts'

export type Address = {
  readonly lines?: readonly string[]
  readonly city?: string
  readonly state?: string
  readonly postalCode?: string
}

export type Practice = {
  readonly id: PracticeId
  readonly slug: string
  readonly name: string
  readonly timeZone: string
  readonly locale: Locale
  readonly currency: Currency
  readonly phone: string
  readonly email: string
  readonly address: Address
  readonly taxId: string | null
  readonly npi: string | null
}

export type Listing = { readonly id: PracticeId; readonly slug: string }

export const practiceColumns = sql`p.practice_id as id, d.slug, p.name, p.time_zone as "timeZone", p.locale, p.currency, p.phone, p.email,
  p.address, p.tax_id as "taxId", p.npi`
export const practiceSource = sql`practice.practice p join practice.directory d on d.id = p.practice_id`

/** Every practice of this installation, in the order of their making; ids and slugs alone. */
export async function listDirectory(db: Db): Promise<Listing[]> {
  const { rows } = await sql<Listing>`select id, slug from practice.directory order by position`.execute(db.kysely)
  return rows
}

/** The practice an address names, if there is one. */
export async function findBySlug(db: Db, slug: string): Promise<Listing | undefined> {
  if (!/^[a-z][a-z0-9-]{1,39}$/.test(slug)) return undefined
  const { rows } = await sql<Listing>`select id, slug from practice.directory where slug = ${slug}`.execute(db.kysely)
  return rows[0]
}

/** The practice in whose scope the transaction runs. */
export async function getPractice(tx: Tx, practice: PracticeId): Promise<Practice> {
  return one(tx, selectPractice(practice))
}

/** The query behind getPractice, for batches. */
export function selectPractice(practice: PracticeId) {
  return sql<Practice>`select ${practiceColumns} from ${practiceSource} where p.practice_id = ${practice}`
}

/** Every practice of this installation, read one practice a transaction, as every sweep does. */
export async function listPractices(db: Db): Promise<Practice[]> {
  const found: Practice[] = []
  for (const { id } of await listDirectory(db))
    found.push(...(await transact(db, wholePractice(id), tx => rows(tx, selectPractice(id)))))
  return found
}

/** Every practice with the zone that its days begin in, read at once. */
export async function listZones(db: Db): Promise<{ id: PracticeId; timeZone: string }[]> {
  const { rows } = await sql<{
    id: PracticeId
    timeZone: string
  }>`select practice_id as id, time_zone as "timeZone" from practice.zones()`.execute(db.kysely)
  return rows
}

/** Whether any practice of this installation satisfies a question, asked one practice a transaction. */
export async function somePractice(db: Db, ask: (tx: Tx, practice: PracticeId) => Promise<boolean>): Promise<boolean> {
  for (const { id } of await listDirectory(db))
    if (await transact(db, wholePractice(id), tx => ask(tx, id))) return true
  return false
}

/** Whether the demo belongs here: nobody has made a practice yet, or the demo was begun. */
export async function isForDemo(db: Db): Promise<boolean> {
  const isEmpty = (await listDirectory(db)).length === 0
  return isEmpty || somePractice(db, (tx, practice) => isOfDemo(tx, practice))
}

export type NewPractice = Omit<Practice, 'id'>

/**
 * Makes a practice; used by the command line and the demo. Refuses a slug that means something else in a URL
 * (`practice.slug-reserved`), that is badly formed (`practice.slug-invalid`), or taken (`practice.slug-taken`), and a zone that does not exist.
 */
export async function createPractice(
  app: App,
  facts: NewPractice,
  by: 'command line' | 'demo' = 'command line',
): Promise<Practice> {
  checkFacts(facts)
  const id = newId('prc')
  const actor = system(id, by)
  try {
    await transact(app.db, wholePractice(id), async tx => {
      await sql`insert into practice.directory (id, slug) values (${id}, ${facts.slug})`.execute(tx)
      await sql`insert into practice.practice (practice_id, name, time_zone, locale, currency, phone, email, address, tax_id, npi)
        values (${id}, ${facts.name}, ${facts.timeZone}, ${facts.locale}, ${facts.currency}, ${facts.phone}, ${facts.email},
          ${JSON.stringify(facts.address)}, ${facts.taxId}, ${facts.npi})`.execute(tx)
      await recordEvent(app, tx, actor, { type: 'practice.created', subject: id })
    })
  } catch (error) {
    if (breaksUnique(error, 'directory_slug_key'))
      throw new Refusal('conflict', 'practice.slug-taken', { slug: facts.slug })
    throw error
  }
  return { ...facts, id }
}

function checkFacts(facts: NewPractice): void {
  if ((RESERVED_SLUGS as readonly string[]).includes(facts.slug))
    throw new Refusal('invalid', 'practice.slug-reserved', { slug: facts.slug })
  if (!/^[a-z][a-z0-9-]{1,38}[a-z0-9]$/.test(facts.slug))
    throw new Refusal('invalid', 'practice.slug-invalid', { slug: facts.slug })
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(facts.timeZone)
  } catch {
    throw new Refusal('invalid', 'practice.zone-unknown', { zone: facts.timeZone })
  }
}
