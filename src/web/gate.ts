import type { Context } from 'hono'
import { readRow } from '../audit/reads.ts'
import type { Assets } from '../design/frame.ts'
import { officeWords, wordsFor } from '../design/words.ts'
import { patientActor, type SessionRow, selectSession, staffActor, wasHere } from '../identity/sessions.ts'
import { type PatientActor, type Scope, type StaffActor, scopeOf, system } from '../kernel/actor.ts'
import { dayIn } from '../kernel/dates.ts'
import { type AccountId, isId, type PracticeId } from '../kernel/ids.ts'
import { paths } from '../kernel/paths.ts'
import { Refusal } from '../kernel/refusal.ts'
import { isMinted } from '../payments/mint.ts'
import { withinRequest } from '../payments/processor.ts'
import { batch, narrow, type RowsOf, readOnce, type Tx, transact } from '../platform/database.ts'
import { aboutFrom, selectAbout } from '../practice/about.ts'
import { findBySlug, type Listing, type Practice } from '../practice/practices.ts'
import type { Settings } from '../practice/settings.ts'
import { addressOf } from './address.ts'
import { seeOther } from './answers.ts'
import { type Form, parseForm, readBytes, readQuery } from './forms.ts'
import { doorFrame, pathOf, personFrame, plainFrame, staffFrame } from './frames.ts'
import { countAgainst } from './limits.ts'
import { lookUp } from './lookups.ts'
import type { LeavePost, RecordKind, Records, Route, WebApp } from './route.ts'
import { isOwnOrigin } from './security.ts'
import { isOwnForm, readLocale, readSessionToken } from './session.ts'

export type Asked = {
  readonly app: WebApp
  readonly assets: Assets
  readonly http: Context
  readonly route: Route
  readonly request: string
}
type Seen = {
  readonly listing: Listing
  readonly practice: Practice
  readonly settings: Settings
  readonly session: SessionRow | undefined
}
type Sent = { readonly form?: Form; readonly trouble?: unknown }

const MOST_FORM_BYTES = 64 * 1024
const MOST_RAW_BYTES = 1024 * 1024

/** Thrown by the gate to answer with a redirect in its order; never a fault. */
export class Turn extends Error {
  readonly to: string
  constructor(to: string) {
    super('turned elsewhere')
    this.to = to
  }
}

/**
 * Decides, in the order of reliability 10: no session: 303 to the door; the address's ids not yours, not your practice, not your
 * role, or unknown: the one 404; Origin: 403; then the body: 400; `_csrf`: 403; ids in it: 404; step-up: 303. Then the handler is given records.
 */
export async function answerRoute(asked: Asked): Promise<Response> {
  const { route, app, http, assets, request } = asked
  const query = readQuery(http.req.raw.url)
  if (route.kind === 'plain') {
    const locale = readLocale(http, 'en')
    return call(route, {
      app,
      http,
      request,
      query,
      words: wordsFor(locale),
      frame: plainFrame(app, assets, http, locale),
    })
  }
  if (route.kind === 'raw') {
    const raw = Buffer.from(await readBytes(http.req.raw, MOST_RAW_BYTES)).toString('utf8')
    return call(route, { app, http, request, query, raw })
  }
  const sent = route.method === 'POST' ? await readSent(http) : {}
  const listing = await listingOf(app, http.req.param('practice') ?? '')
  if (route.kind === 'door') return answerDoor(asked, listing, sent, query)
  if (route.leaving) return answerLeave(asked, listing, sent)
  return route.method === 'GET' ? answerRead(asked, listing, query) : answerAct(asked, listing, sent, query)
}

/** A page: session, grants, records, audit row and the page's own reads in one transaction. */
async function answerRead(asked: Asked, listing: Listing, query: URLSearchParams): Promise<Response> {
  const { app } = asked
  const answered = asked.route.before && (await settleBefore(asked, asked.route.before, listing, query))
  if (answered) return answered
  return transact(app.db, nobody(listing.id), async tx => {
    const seen = await see(asked, tx, listing)
    const { actor, records } = await enter(asked, tx, seen)
    return call(asked.route, { ...contextOf(asked, seen, actor, query), tx, records })
  })
}

/** Before a page is read: decided in a transaction of its own, so that the processor is asked outside any. */
async function settleBefore(
  asked: Asked,
  before: NonNullable<Route['before']>,
  listing: Listing,
  query: URLSearchParams,
): Promise<Response | undefined> {
  const { seen, actor, records } = await transact(asked.app.db, nobody(listing.id), async tx => {
    const seen = await see(asked, tx, listing)
    return { seen, ...(await enter(asked, tx, seen, { audited: false })) }
  })
  const settle = before as (context: unknown) => Promise<Response | undefined>
  return settle({ ...contextOf({ ...asked, app: withinRequest(asked.app) }, seen, actor, query), records })
}

/** An act: decided in reads of the gate's own; the verb opens the transaction that changes things. */
async function answerAct(asked: Asked, listing: Listing, sent: Sent, query: URLSearchParams): Promise<Response> {
  const { app, http, route } = asked
  const seen = await seeAlone(asked, listing)
  const actor = actorOf(asked, seen)
  const records = await lookUpAll(app, actor, idsOf(http) as [RecordKind, string][])
  const form = checkSent(asked, sent, actor.session)
  await lookUpAll(app, actor, idsIn(asked, form, { actor, records }))
  if (needsStep(route, form, seen, actor)) throw new Turn(paths.code(listing.slug, backTo(http)))
  countAgainst(app, route.limit, actor.session)
  return call(route, { ...contextOf({ ...asked, app: withinRequest(app) }, seen, actor, query), records, form })
}

/** Signing out, in the same order; what a session may still see here is not asked. */
async function answerLeave(asked: Asked, listing: Listing, sent: Sent): Promise<Response> {
  const { app, http, route } = asked
  const as = route.kind === 'staff' ? 'staff' : 'patient'
  const { practice, session } = await transact(app.db, nobody(listing.id), async tx => {
    const { practice, session } = await see(asked, tx, listing)
    if (!session) throw new Turn(doorOf(route, listing.slug, http))
    if (!(await wasHere(tx, listing.id, session.login, as))) throw new Refusal('absent', 'absent')
    return { practice, session }
  })
  checkSent(asked, sent, session.session)
  countAgainst(app, route.limit, session.session)
  const actor = as === 'staff' ? staffActor(listing.id, session) : patientActor(listing.id, session)
  return call(route, {
    app,
    http,
    practice,
    actor: actor ?? system(listing.id, 'door'),
    session: session.session,
  } satisfies LeavePost)
}

async function answerDoor(asked: Asked, listing: Listing, sent: Sent, query: URLSearchParams): Promise<Response> {
  const { app, http, assets, route, request } = asked
  const { practice, settings, session } = await seeAlone(asked, listing)
  const locale = session?.locale ?? readLocale(http, practice.locale)
  const signedIn = {
    patient: session !== undefined && patientActor(listing.id, session) !== undefined,
    staff: session !== undefined && staffActor(listing.id, session) !== undefined,
  }
  const records = Object.fromEntries(Object.entries(http.req.param()).filter(([name]) => name !== 'practice'))
  const context = {
    app,
    http,
    request,
    query,
    practice,
    settings,
    today: dayIn(practice.timeZone, app.now()),
    words: wordsFor(locale),
    frame: doorFrame(app, assets, http, practice, locale, session?.session),
    signedIn,
    login: session?.login ?? null,
    records,
  }
  if (route.method === 'GET') return call(route, context)
  const form = checkSent(asked, sent, session?.session)
  countAgainst(app, route.limit, addressOf(app, http))
  return call(route, { ...context, form })
}

type Visit = Pick<Asked, 'app' | 'http'>

/** Practice, settings and session, read together with the transaction's opening in one message. */
async function see(visit: Visit, tx: Tx, listing: Listing): Promise<Seen> {
  return seenFrom(visit, listing, await batch(tx, selectSeen(visit, listing)))
}

/** The same in a transaction of its own, for what goes on without one. */
async function seeAlone(visit: Visit, listing: Listing): Promise<Seen> {
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
  const about = aboutFrom(abouts)
  if (!about) throw new Refusal('absent', 'absent')
  return { listing, ...about, session: readSessionToken(app, http) ? sessions[0] : undefined }
}

/** Who it is, if the route is for them: turned to the door without a session, absent to everybody else. */
function actorOf({ route, http }: Asked, { listing, session }: Seen): PatientActor | StaffActor {
  if (!session) throw new Turn(doorOf(route, listing.slug, http))
  const actor = route.kind === 'staff' ? staffActor(listing.id, session) : patientActor(listing.id, session)
  if (!actor || !route.roles.includes(actor.kind === 'staff' ? actor.role : 'patient'))
    throw new Refusal('absent', 'absent')
  return actor
}

/** Who it is; their scope and the audit row; the records that the address names. */
async function enter(
  asked: Asked,
  tx: Tx,
  seen: Seen,
  { audited = true } = {},
): Promise<{ actor: PatientActor | StaffActor; records: Record<string, unknown> }> {
  const { route, http, request } = asked
  const actor = actorOf(asked, seen)
  const ids = idsOf(http)
  const subject = ids.map(([, id]) => id).find(id => /^[a-z]{3}_[0-9a-z]{26}$/.test(id))
  const read =
    audited && route.method === 'GET' && route.audit
      ? [
          readRow(actor, {
            what: route.audit,
            request,
            ...(subject ? { subject } : {}),
            ...(actor.kind === 'patient' ? { account: actor.account } : {}),
          }),
        ]
      : []
  narrow(tx, scopeOf(actor), read)
  const records: Record<string, unknown> = {}
  for (const [name, id] of ids) records[name] = await lookUp(tx, actor.practice, name as RecordKind, id)
  return { actor, records }
}

/** The ids an address names, by the name of their record. */
function idsOf(http: Context): [string, string][] {
  return Object.entries(http.req.param()).filter(([name]) => name !== 'practice')
}

/** Looks up what a person may see, in a transaction of its own where there is anything to look up. */
async function lookUpAll(
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

/** Whose page a failed request was on, for the error page's name, phone and language; undefined where no practice is named or nothing can be read. */
export async function findVisited(
  app: WebApp,
  http: Context,
): Promise<{ practice: Practice; session: SessionRow | undefined } | undefined> {
  try {
    const listing = await listingOf(app, http.req.path.split('/')[1] ?? '')
    return await seeAlone({ app, http }, listing)
  } catch {
    return undefined
  }
}

function contextOf(
  { app, http, assets, request }: Asked,
  { practice, settings, session }: Seen,
  actor: PatientActor | StaffActor,
  query: URLSearchParams,
) {
  const common = { app, http, request, query, practice, settings, today: dayIn(practice.timeZone, app.now()), actor }
  if (actor.kind === 'staff')
    return { ...common, words: officeWords(), frame: staffFrame(app, assets, practice, settings, actor) }
  const locale = session?.locale ?? readLocale(http, practice.locale)
  return { ...common, words: wordsFor(locale), frame: personFrame(app, assets, http, practice, locale, actor) }
}

async function readSent(http: Context): Promise<Sent> {
  try {
    const type = http.req.header('content-type') ?? ''
    const bytes = await readBytes(http.req.raw, MOST_FORM_BYTES)
    if (!/^application\/x-www-form-urlencoded(;|$)/i.test(type.trim())) throw new Refusal('malformed', 'body.malformed')
    return { form: parseForm(bytes) }
  } catch (trouble) {
    return { trouble }
  }
}

function checkSent({ app, http, route }: Asked, { form, trouble }: Sent, session: string | undefined): Form {
  if (!isOwnOrigin(app.config, http.req.raw.headers)) throw new Refusal('forbidden', 'origin')
  if (!form) throw trouble
  if (route.csrf && !isOwnForm(app, http, session, form.text('_csrf'))) throw new Refusal('forbidden', 'csrf')
  return form
}

/** The ids in a form that are looked up like an address's; a minted one must be this session's, for this household. */
function idsIn(
  { app, route }: Asked,
  form: Form,
  entered: { actor: PatientActor | StaffActor; records: Record<string, unknown> },
): [RecordKind, string][] {
  const found: [RecordKind, string][] = []
  for (const [field, kind] of Object.entries(route.bodyIds ?? {})) {
    for (const id of form.all(field)) {
      if (kind === 'payment' || kind === 'refund') checkMinted(app, kind, id, entered)
      else if (!(kind === 'method' && id === 'new')) found.push([kind, id])
    }
  }
  return found
}

function checkMinted(
  app: WebApp,
  kind: 'payment' | 'refund',
  id: string,
  { actor, records }: { actor: PatientActor | StaffActor; records: Record<string, unknown> },
): void {
  const { payment, patient } = records as { payment?: Records['payment']; patient?: Records['patient'] }
  const account: AccountId | undefined =
    actor.kind === 'patient' ? actor.account : (payment?.account ?? patient?.account)
  const right =
    account && isId(kind === 'payment' ? 'pay' : 'rfd', id) && isMinted(app, id, { session: actor.session, account })
  if (!right) throw new Refusal('absent', 'absent')
}

/** Changes of cards, and paying with kept ones, ask for a fresh code where the practice does not say that a link is enough. */
function needsStep(route: Route, form: Form, { settings }: Seen, actor: PatientActor | StaffActor): boolean {
  if (route.stepUp !== 'methods' || settings.linkIsEnough || actor.kind !== 'patient' || actor.steppedUpAt) return false
  const paysOnce =
    route.bodyIds?.method !== undefined && form.text('method') === 'new' && !form.on('save') && !form.on('default')
  return !paysOnce
}

function backTo(http: Context): string | undefined {
  const referer = http.req.header('referer')
  if (!referer || !URL.canParse(referer)) return undefined
  const { pathname, search } = new URL(referer)
  return `${pathname}${search}`
}

function doorOf(route: Route, slug: string, http: Context): string {
  if (route.kind === 'staff') return paths.office.door(slug)
  const next = route.method === 'GET' && route.answers === undefined ? pathOf(http) : undefined
  return paths.door(slug, { next })
}

const nobody = (practice: PracticeId): Scope => ({ practice, accounts: [], patients: [] })

const listings = new Map<string, Listing>()
async function listingOf(app: WebApp, slug: string): Promise<Listing> {
  const key = `${app.config.dataFolder} ${slug}`
  const listing = listings.get(key) ?? (await findBySlug(app.db, slug))
  if (!listing) throw new Refusal('absent', 'absent')
  listings.set(key, listing)
  return listing
}

function call(route: Route, context: unknown): Promise<Response> {
  return (route.handle as (context: unknown) => Promise<Response>)(context)
}

/** The answer to a turn. */
export function turned(turn: Turn, asksJson: boolean): Response {
  return asksJson
    ? new Response('{"error":{"status":401,"code":"session"}}', {
        status: 401,
        headers: { 'Content-Type': 'application/json' },
      })
    : seeOther(turn.to)
}
