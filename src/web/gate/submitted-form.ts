import type { Context } from 'hono'
import type { PatientActor, StaffActor } from '../../kernel/actor.ts'
import { isId } from '../../kernel/ids.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { isMinted } from '../../payments/mint.ts'
import { type Form, parseForm, readBytes } from '../forms.ts'
import { mintedKinds, type RecordKind, type Records } from '../records.ts'
import type { Route } from '../route.ts'
import { isOwnForm } from '../session.ts'
import type { Admitted, PracticeContext, RouteRequest } from './access.ts'
import { isOwnOrigin } from './security.ts'

/** A form, or why there is none: said in its turn, after the doors. */
export type Submitted = { readonly form?: Form; readonly trouble?: unknown }

const MOST_FORM_BYTES = 64 * 1024

/** Reads a form's bytes to the end, whoever sent it. */
export async function readSubmitted(http: Context): Promise<Submitted> {
  try {
    const type = http.req.header('content-type') ?? ''
    const bytes = await readBytes(http.req.raw, MOST_FORM_BYTES)
    if (!/^application\/x-www-form-urlencoded(;|$)/i.test(type.trim())) throw new Refusal('malformed', 'body.malformed')
    return { form: parseForm(bytes) }
  } catch (trouble) {
    return { trouble }
  }
}

/** The form, once it is known to come from a page of ours: Origin, then the body, then its token. */
export function checkSubmitted(
  { app, http, route }: RouteRequest,
  { form, trouble }: Submitted,
  session: string | undefined,
): Form {
  if (!isOwnOrigin(app.config, http.req.raw.headers)) throw new Refusal('forbidden', 'origin')
  if (!form) throw trouble
  if (route.csrf && !isOwnForm(app, http, session, form.text('_csrf'))) throw new Refusal('forbidden', 'csrf')
  return form
}

/** The ids in a form that are looked up like an address's; of a method, `new` names none. */
export function idsInForm(route: Route, form: Form): [RecordKind, string][] {
  return Object.entries(route.names ?? {}).flatMap(([field, kind]) =>
    form
      .all(field)
      .filter(id => !(kind === 'method' && id === 'new'))
      .map((id): [RecordKind, string] => [kind, id]),
  )
}

/** Refuses an id that was not minted for this session and household. */
export function checkMinted({ app, route }: RouteRequest, form: Form, { actor, records }: Admitted): void {
  const { payment, patient } = records as Partial<Records>
  const account = actor.kind === 'patient' ? actor.account : (payment?.account ?? patient?.account)
  for (const [field, kind] of Object.entries(route.mints ?? {}))
    for (const id of form.all(field)) {
      const isOwn = account && isId(mintedKinds[kind], id) && isMinted(app, id, { session: actor.session, account })
      if (!isOwn) throw new Refusal('absent', 'absent')
    }
}

/** Changes of cards, and paying with kept ones, ask for a fresh code where the practice does not say that a link is enough. */
export function needsStep(
  route: Route,
  form: Form,
  { settings }: PracticeContext,
  actor: PatientActor | StaffActor,
): boolean {
  if (route.stepUp !== 'methods' || settings.linkIsEnough || actor.kind !== 'patient' || actor.steppedUpAt) return false
  const paysOnce =
    route.names?.method !== undefined && form.text('method') === 'new' && !form.on('save') && !form.on('default')
  return !paysOnce
}
