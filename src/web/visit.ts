import type { Context } from 'hono'
import type { Assets } from '../design/frame.ts'
import { patientActor, type SessionRow, selectSession, staffActor, wasHere } from '../identity/sessions.ts'
import { type PatientActor, type Scope, type StaffActor, scopeOf } from '../kernel/actor.ts'
import type { PracticeId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusal.ts'
import { batch, narrow, type RowsOf, readOnce, type Tx, transact } from '../platform/database.ts'
import { aboutFrom, selectAbout } from '../practice/about.ts'
import { findBySlug, type Listing, type Practice } from '../practice/practices.ts'
import type { Settings } from '../practice/settings.ts'
import { recordLook } from './look.ts'
import { lookUp } from './lookups.ts'
import type { RecordKind, Route, WebApp } from './route.ts'
import { readSessionToken } from './session.ts'
import { doorOf, Turn } from './turn.ts'

/** A request with the route that it came to. */
export type Asked = {
  readonly app: WebApp
  readonly assets: Assets
  readonly http: Context
  readonly route: Route
  readonly request: string
}
/** What every visit of a practice begins by reading. */
export type Seen = {
  readonly listing: Listing
  readonly practice: Practice
  readonly settings: Settings
  readonly session: SessionRow | undefined
}

/** Who was let in, and the records that the address names. */
export type Entered = { readonly actor: PatientActor | StaffActor; readonly records: Record<string, unknown> }

type Visit = Pick<Asked, 'app' | 'http'>

/** Practice, settings and session, read together with the transaction's opening in one message. */
export async function see(visit: Visit, tx: Tx, listing: Listing): Promise<Seen> {
  return seenFrom(visit, listing, await batch(tx, selectSeen(visit, listing)))
}

/** The same in a transaction of its own, for what goes on without one. */
export async function seeAlone(visit: Visit, listing: Listing): Promise<Seen> {
  return seenFrom(visit, listing, await readOnce(visit.app.db, nobody(listing.id), selectSeen(visit, listing)))
}

function selectSeen({ app, http }: Visit, { id }: Listing) {
  return [selectAbout(id), selectSession(id, readSessionToken(app, http) ?? '')] as const
}

function seenFrom(
  { app, http }: Visit,
  listing: Listing,
  [abouts, sessions]: RowsOf<ReturnType<typeof selectSeen>>,
): Seen {
  return { listing, ...aboutFrom(abouts), session: readSessionToken(app, http) ? sessions[0] : undefined }
}

/** Who it is, if the route is for them: turned to the door without a session, absent to everybody else. */
export function actorOf({ route, http }: Asked, { listing, session }: Seen): PatientActor | StaffActor {
  if (!session) throw new Turn(doorOf(route, listing.slug, http))
  const actor = route.kind === 'staff' ? staffActor(listing.id, session) : patientActor(listing.id, session)
  if (!actor || !route.roles.includes(actor.kind === 'staff' ? actor.role : 'patient'))
    throw new Refusal('absent', 'absent')
  return actor
}

/** Who it is; their scope and the audit row; the records that the address names. */
export async function enter(asked: Asked, tx: Tx, seen: Seen, { audited = true } = {}): Promise<Entered> {
  const { route, http, request } = asked
  const actor = actorOf(asked, seen)
  narrow(tx, scopeOf(actor))
  const records: Record<string, unknown> = {}
  for (const [name, id] of idsOf(http)) records[name] = await lookUp(tx, actor.practice, name, id)
  if (audited && route.method === 'GET' && route.audit)
    await recordLook(tx, actor, { what: route.audit, request, records })
  return { actor, records }
}

/** The ids an address names, by the name of their record. */
export function idsOf(http: Context): [RecordKind, string][] {
  return Object.entries(http.req.param()).filter(([name]) => name !== 'practice') as [RecordKind, string][]
}

/** Looks up what a person may see, in a transaction of its own where there is anything to look up. */
export async function lookUpAll(
  app: WebApp,
  actor: PatientActor | StaffActor,
  wanted: readonly (readonly [kind: RecordKind, id: string])[],
): Promise<Record<string, unknown>> {
  const records: Record<string, unknown> = {}
  if (wanted.length === 0) return records
  return transact(app.db, scopeOf(actor), async tx => {
    for (const [kind, id] of wanted) records[kind] = await lookUp(tx, actor.practice, kind, id)
    return records
  })
}

/** Where a failed request was, and who asked: a patient outside the office, or somebody whose grants there have ended. */
export type Visited = {
  readonly practice: Practice
  readonly session: SessionRow | undefined
  readonly patient: PatientActor | undefined
  readonly hasLeft: boolean
}

/** Whose page a failed request was on, for the error page; undefined where no practice is named or nothing can be read. */
export async function findVisited(app: WebApp, http: Context): Promise<Visited | undefined> {
  try {
    const [, slug = '', room] = http.req.path.split('/')
    const listing = await listingOf(app, slug)
    const { practice, session } = await seeAlone({ app, http }, listing)
    const patient = session && room !== 'office' ? patientActor(listing.id, session) : undefined
    const holdsNothing = session !== undefined && !patient && !session.staff
    const hasLeft =
      holdsNothing &&
      (await transact(app.db, nobody(listing.id), tx => wasHere(tx, listing.id, session.login, 'patient')))
    return { practice, session, patient, hasLeft }
  } catch {
    return undefined
  }
}

/** A scope that sees a practice and none of its people. */
export const nobody = (practice: PracticeId): Scope => ({ practice, accounts: [], patients: [] })

const listings = new Map<string, Listing>()
/** The practice an address names; its slug never means another. */
export async function listingOf(app: WebApp, slug: string): Promise<Listing> {
  const key = `${app.config.dataFolder} ${slug}`
  const listing = listings.get(key) ?? (await findBySlug(app.db, slug))
  if (!listing) throw new Refusal('absent', 'absent')
  listings.set(key, listing)
  return listing
}
