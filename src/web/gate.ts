import { officeWords, wordsFor } from '../design/words.ts'
import { patientActor, staffActor, wasHere } from '../identity/sessions.ts'
import { type PatientActor, type StaffActor, system } from '../kernel/actor.ts'
import { dayIn } from '../kernel/dates.ts'
import { paths } from '../kernel/paths.ts'
import { Refusal } from '../kernel/refusal.ts'
import { transact } from '../platform/database.ts'
import type { Listing } from '../practice/practices.ts'
import { withinRequest } from '../processor/processor.ts'
import { askerOf } from './address.ts'
import { readBytes, readQuery } from './forms.ts'
import { doorFrame, personFrame, plainFrame, staffFrame } from './frames.ts'
import { countAtDoor, countForm } from './limits.ts'
import type { Answer, LeavePost, Route } from './route.ts'
import { checkSent, idsIn, needsStep, readSent, type Sent } from './sent.ts'
import { readLocale } from './session.ts'
import { backTo, doorOf, Turn } from './turn.ts'
import { type Asked, actorOf, enter, idsOf, listingOf, lookUpAll, nobody, type Seen, see, seeAlone } from './visit.ts'

const MOST_RAW_BYTES = 1024 * 1024

/**
 * Decides, in the order of reliability 10: no session: 303 to the door; the address's ids not yours, not your practice, not your
 * role, or unknown: the one 404; Origin: 403; then the body: 400; `_csrf`: 403; ids in it: 404; step-up: 303. Then the handler is given records.
 */
export async function answerRoute(asked: Asked): Promise<Response> {
  const answer = await decide(asked)
  return typeof answer === 'function' ? answer() : answer
}

async function decide(asked: Asked): Promise<Answer> {
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
    const raw = Buffer.from(await readBytes(http.req.raw, MOST_RAW_BYTES))
    return call(route, { app, http, request, query, raw })
  }
  const sent = route.method === 'POST' ? await readSent(http) : {}
  const listing = await listingOf(app, http.req.param('practice') ?? '')
  if (route.kind === 'door') return answerDoor(asked, listing, sent, query)
  if (route.leaving) return answerLeave(asked, listing, sent)
  return route.method === 'GET' ? answerRead(asked, listing, query) : answerAct(asked, listing, sent, query)
}

/** A page: session, grants, records, audit row and the page's own reads in one transaction. */
async function answerRead(asked: Asked, listing: Listing, query: URLSearchParams): Promise<Answer> {
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
async function answerAct(asked: Asked, listing: Listing, sent: Sent, query: URLSearchParams): Promise<Answer> {
  const { app, http, route } = asked
  const seen = await seeAlone(asked, listing)
  const actor = actorOf(asked, seen)
  const records = await lookUpAll(app, actor, idsOf(http))
  const form = checkSent(asked, sent, actor.session)
  await lookUpAll(app, actor, idsIn(asked, form, { actor, records }))
  if (needsStep(route, form, seen, actor)) throw new Turn(paths.code(listing.slug, backTo(http)))
  await countForm(app, route.limit, actor.session)
  return call(route, { ...contextOf({ ...asked, app: withinRequest(app) }, seen, actor, query), records, form })
}

/** Signing out, in the same order; what a session may still see here is not asked. */
async function answerLeave(asked: Asked, listing: Listing, sent: Sent): Promise<Answer> {
  const { app, http, route } = asked
  const as = route.kind === 'staff' ? 'staff' : 'patient'
  const { practice, session } = await transact(app.db, nobody(listing.id), async tx => {
    const { practice, session } = await see(asked, tx, listing)
    if (!session) throw new Turn(doorOf(route, listing.slug, http))
    if (!(await wasHere(tx, listing.id, session.login, as))) throw new Refusal('absent', 'absent')
    return { practice, session }
  })
  checkSent(asked, sent, session.session)
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

async function answerDoor(asked: Asked, listing: Listing, sent: Sent, query: URLSearchParams): Promise<Answer> {
  const { app, http, assets, route, request } = asked
  const { practice, settings, session } = await seeAlone(asked, listing)
  const locale = session?.locale ?? readLocale(http, practice.locale)
  const signedIn = {
    patient: session !== undefined && patientActor(listing.id, session) !== undefined,
    staff: session !== undefined && staffActor(listing.id, session) !== undefined,
  }
  const records = Object.fromEntries(idsOf(http))
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
  const asker = askerOf(app, http)
  await countAtDoor(app, route.limit, asker)
  return call(route, { ...context, form, asker })
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

function call(route: Route, context: unknown): Promise<Answer> {
  return (route.handle as (context: unknown) => Promise<Answer>)(context)
}
