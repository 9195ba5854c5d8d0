import type { Context } from 'hono'
import type { Assets } from '../../design/frame.ts'
import { patientActor, type SessionRow, selectSession, staffActor, wasHere } from '../../identity/sessions.ts'
import { type PatientActor, type Scope, type StaffActor, scopeOf } from '../../kernel/actor.ts'
import type { PracticeId } from '../../kernel/ids.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { batch, narrow, type RowsOf, readOnce, type Tx, transact } from '../../platform/database.ts'
import { aboutFrom, selectAbout } from '../../practice/about.ts'
import { findBySlug, type Listing, type Practice } from '../../practice/practices.ts'
import type { Settings } from '../../practice/settings.ts'
import { recordLook } from '../look.ts'
import { lookUp, type RecordName } from '../records.ts'
import type { Route, WebApp } from '../route.ts'
import { readSessionToken } from '../session.ts'
import { doorOf, Redirect } from './redirect.ts'

/** A request with the route that it came to. */
export type RouteRequest = {
  readonly app: WebApp
  readonly assets: Assets
  readonly http: Context
  readonly route: Route
  readonly request: string
}
/** What every request to a practice begins by reading. */
export type PracticeContext = {
  readonly listing: Listing
  readonly practice: Practice
  readonly settings: Settings
  readonly session: SessionRow | undefined
}

/** Who was let in, and the records that the address names. */
export type Admitted = { readonly actor: PatientActor | StaffActor; readonly records: Record<string, unknown> }

type Incoming = Pick<RouteRequest, 'app' | 'http'>

/** Practice, settings and session, read together with the transaction's opening in one message. */
export async function readContext(incoming: Incoming, tx: Tx, listing: Listing): Promise<PracticeContext> {
  return contextFrom(incoming, listing, await batch(tx, selectContext(incoming, listing)))
}

/** The same in a transaction of its own, for what goes on without one. */
export async function readContextAlone(incoming: Incoming, listing: Listing): Promise<PracticeContext> {
  return contextFrom(
    incoming,
    listing,
    await readOnce(incoming.app.db, nobody(listing.id), selectContext(incoming, listing)),
  )
}

function selectContext({ app, http }: Incoming, { id }: Listing) {
  return [selectAbout(id), selectSession(id, readSessionToken(app, http) ?? '')] as const
}

function contextFrom(
  { app, http }: Incoming,
  listing: Listing,
  [abouts, sessions]: RowsOf<ReturnType<typeof selectContext>>,
): PracticeContext {
  return { listing, ...aboutFrom(abouts), session: readSessionToken(app, http) ? sessions[0] : undefined }
}

/** Who it is, if the route is for them: turned to the door without a session, absent to everybody else. */
export function actorOf(
  { route, http }: RouteRequest,
  { listing, session }: PracticeContext,
): PatientActor | StaffActor {
  if (!session) throw new Redirect(doorOf(route, listing.slug, http))
  const actor = route.kind === 'staff' ? staffActor(listing.id, session) : patientActor(listing.id, session)
  if (!actor || !route.roles.includes(actor.kind === 'staff' ? actor.role : 'patient'))
    throw new Refusal('absent', 'absent')
  return actor
}

/** Who it is; their scope and the audit row; the records that the address names. */
export async function admit(
  incoming: RouteRequest,
  tx: Tx,
  context: PracticeContext,
  { audited = true } = {},
): Promise<Admitted> {
  const { route, http, request } = incoming
  const actor = actorOf(incoming, context)
  narrow(tx, scopeOf(actor))
  const records: Record<string, unknown> = {}
  for (const [name, id] of idsInPath(http)) records[name] = await lookUp(tx, actor.practice, name, id)
  if (audited && route.method === 'GET' && route.audit)
    await recordLook(tx, actor, { what: route.audit, request, records })
  return { actor, records }
}

/** The ids an address names, by the name of their record. */
export function idsInPath(http: Context): [RecordName, string][] {
  return Object.entries(http.req.param()).filter(([name]) => name !== 'practice') as [RecordName, string][]
}

/** Looks up what a person may see, in a transaction of its own where there is anything to look up. */
export async function lookUpAll(
  app: WebApp,
  actor: PatientActor | StaffActor,
  wanted: readonly (readonly [kind: RecordName, id: string])[],
): Promise<Record<string, unknown>> {
  const records: Record<string, unknown> = {}
  if (wanted.length === 0) return records
  return transact(app.db, scopeOf(actor), async tx => {
    for (const [kind, id] of wanted) records[kind] = await lookUp(tx, actor.practice, kind, id)
    return records
  })
}

/** Where a failed request was, and who asked: a patient outside the office, or somebody whose grants there have ended. */
export type ErrorContext = {
  readonly practice: Practice
  readonly session: SessionRow | undefined
  readonly patient: PatientActor | undefined
  readonly hasLeft: boolean
}

/** Whose page a failed request was on, for the error page; undefined where no practice is named or nothing can be read. */
export async function findErrorContext(app: WebApp, http: Context): Promise<ErrorContext | undefined> {
  try {
    const [, slug = '', room] = http.req.path.split('/')
    const listing = await getListing(app, slug)
    const { practice, session } = await readContextAlone({ app, http }, listing)
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
export async function getListing(app: WebApp, slug: string): Promise<Listing> {
  const key = `${app.config.dataFolder} ${slug}`
  const listing = listings.get(key) ?? (await findBySlug(app.db, slug))
  if (!listing) throw new Refusal('absent', 'absent')
  listings.set(key, listing)
  return listing
}
