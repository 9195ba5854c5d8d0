import { officeWords, wordsFor } from '../../design/words.ts'
import { patientActor, staffActor, wasHere } from '../../identity/sessions.ts'
import { type PatientActor, type StaffActor, system } from '../../kernel/actor.ts'
import { dayIn } from '../../kernel/dates.ts'
import { paths } from '../../kernel/paths.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { transact } from '../../platform/database.ts'
import type { Listing } from '../../practice/practices.ts'
import { withinRequest } from '../../processor/processor.ts'
import { readBytes, readQuery } from '../forms.ts'
import { countAtDoor, countForm } from '../limits.ts'
import type { Answer, LeavePost, Route } from '../route.ts'
import { readLocale } from '../session.ts'
import {
  actorOf,
  admit,
  getListing,
  idsInPath,
  lookUpAll,
  nobody,
  type PracticeContext,
  type RouteRequest,
  readContext,
  readContextAlone,
} from './access.ts'
import { askerOf } from './address.ts'
import { doorFrame, personFrame, plainFrame, staffFrame } from './frames.ts'
import { backTo, doorOf, Redirect } from './redirect.ts'
import { checkMinted, checkSubmitted, idsInForm, needsStep, readSubmitted, type Submitted } from './submitted-form.ts'

const MOST_RAW_BYTES = 1024 * 1024

/**
 * Decides, in the order of reliability 10: no session: 303 to the door; the address's ids not yours, not your practice, not your
 * role, or unknown: the one 404; Origin: 403; then the body: 400; `_csrf`: 403; ids in it: 404; step-up: 303. Then the handler is given records.
 */
export async function answerRoute(incoming: RouteRequest): Promise<Response> {
  const answer = await decide(incoming)
  return typeof answer === 'function' ? answer() : answer
}

async function decide(incoming: RouteRequest): Promise<Answer> {
  const { route, app, http, assets, request } = incoming
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
    const raw = Buffer.from(await readBytes(http.req.raw, MOST_RAW_BYTES))
    return call(route, { app, http, request, query, raw })
  }
  const submitted = route.method === 'POST' ? await readSubmitted(http) : {}
  const listing = await getListing(app, http.req.param('practice') ?? '')
  if (route.kind === 'door') return answerDoor(incoming, listing, submitted, query)
  if (route.leaving) return answerLeave(incoming, listing, submitted)
  return route.method === 'GET' ? answerRead(incoming, listing, query) : answerAct(incoming, listing, submitted, query)
}

/** A page: session, grants, records, audit row and the page's own reads in one transaction. */
async function answerRead(incoming: RouteRequest, listing: Listing, query: URLSearchParams): Promise<Answer> {
  const { app } = incoming
  const answered = incoming.route.before && (await settleBefore(incoming, incoming.route.before, listing, query))
  if (answered) return answered
  return transact(app.db, nobody(listing.id), async tx => {
    const context = await readContext(incoming, tx, listing)
    const { actor, records } = await admit(incoming, tx, context)
    return call(incoming.route, { ...contextOf(incoming, context, actor, query), tx, records })
  })
}

/** Before a page is read: decided in a transaction of its own, so that the processor is asked outside any. */
async function settleBefore(
  incoming: RouteRequest,
  before: NonNullable<Route['before']>,
  listing: Listing,
  query: URLSearchParams,
): Promise<Response | undefined> {
  const { context, actor, records } = await transact(incoming.app.db, nobody(listing.id), async tx => {
    const context = await readContext(incoming, tx, listing)
    return { context, ...(await admit(incoming, tx, context, { audited: false })) }
  })
  const settle = before as (context: unknown) => Promise<Response | undefined>
  return settle({ ...contextOf({ ...incoming, app: withinRequest(incoming.app) }, context, actor, query), records })
}

/** An act: decided in reads of the gate's own; the verb opens the transaction that changes things. */
async function answerAct(
  incoming: RouteRequest,
  listing: Listing,
  submitted: Submitted,
  query: URLSearchParams,
): Promise<Answer> {
  const { app, http, route } = incoming
  const context = await readContextAlone(incoming, listing)
  const actor = actorOf(incoming, context)
  const records = await lookUpAll(app, actor, idsInPath(http))
  const form = checkSubmitted(incoming, submitted, actor.session)
  await lookUpAll(app, actor, idsInForm(route, form))
  checkMinted(incoming, form, { actor, records })
  if (needsStep(route, form, context, actor)) throw new Redirect(paths.code(listing.slug, backTo(http)))
  await countForm(app, route.limit, actor.session)
  return call(route, { ...contextOf({ ...incoming, app: withinRequest(app) }, context, actor, query), records, form })
}

/** Signing out, in the same order; what a session may still see here is not asked. */
async function answerLeave(incoming: RouteRequest, listing: Listing, submitted: Submitted): Promise<Answer> {
  const { app, http, route } = incoming
  const as = route.kind === 'staff' ? 'staff' : 'patient'
  const { practice, session } = await transact(app.db, nobody(listing.id), async tx => {
    const { practice, session } = await readContext(incoming, tx, listing)
    if (!session) throw new Redirect(doorOf(route, listing.slug, http))
    if (!(await wasHere(tx, listing.id, session.login, as))) throw new Refusal('absent', 'absent')
    return { practice, session }
  })
  checkSubmitted(incoming, submitted, session.session)
  await countForm(app, route.limit, session.session)
  const actor = as === 'staff' ? staffActor(listing.id, session) : patientActor(listing.id, session)
  return call(route, {
    app,
    http,
    practice,
    actor: actor ?? system(listing.id, 'door'),
    session: session.session,
  } satisfies LeavePost)
}

async function answerDoor(
  incoming: RouteRequest,
  listing: Listing,
  submitted: Submitted,
  query: URLSearchParams,
): Promise<Answer> {
  const { app, http, assets, route, request } = incoming
  const { practice, settings, session } = await readContextAlone(incoming, listing)
  const locale = session?.locale ?? readLocale(http, practice.locale)
  const signedIn = {
    patient: session !== undefined && patientActor(listing.id, session) !== undefined,
    staff: session !== undefined && staffActor(listing.id, session) !== undefined,
  }
  const records = Object.fromEntries(idsInPath(http))
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
  const form = checkSubmitted(incoming, submitted, session?.session)
  const asker = askerOf(app, http)
  await countAtDoor(app, route.limit, asker)
  return call(route, { ...context, form, asker })
}

function contextOf(
  { app, http, assets, request }: RouteRequest,
  { practice, settings, session }: PracticeContext,
  actor: PatientActor | StaffActor,
  query: URLSearchParams,
) {
  const common = { app, http, request, query, practice, settings, today: dayIn(practice.timeZone, app.now()), actor }
  if (actor.kind === 'staff')
    return { ...common, words: officeWords(), frame: staffFrame(app, assets, practice, settings, actor) }
  const locale = session?.locale ?? readLocale(http, practice.locale)
  return { ...common, words: wordsFor(locale), frame: personFrame(app, assets, http, practice, locale, actor) }
}

function call(route: Route, context: unknown): Promise<Answer> {
  return (route.handle as (context: unknown) => Promise<Answer>)(context)
}
