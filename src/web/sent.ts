import type { Context } from 'hono'
import type { PatientActor, StaffActor } from '../kernel/actor.ts'
import { type AccountId, isId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusal.ts'
import { isMinted } from '../payments/mint.ts'
import { type Form, parseForm, readBytes } from './forms.ts'
import type { RecordKind, Records, Route, WebApp } from './route.ts'
import { isOwnOrigin } from './security.ts'
import { isOwnForm } from './session.ts'
import type { Asked, Entered, Seen } from './visit.ts'

/** A form, or why there is none: said in its turn, after the doors. */
export type Sent = { readonly form?: Form; readonly trouble?: unknown }

const MOST_FORM_BYTES = 64 * 1024

/** Reads a form's bytes to the end, whoever sent it. */
export async function readSent(http: Context): Promise<Sent> {
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
export function checkSent({ app, http, route }: Asked, { form, trouble }: Sent, session: string | undefined): Form {
  if (!isOwnOrigin(app.config, http.req.raw.headers)) throw new Refusal('forbidden', 'origin')
  if (!form) throw trouble
  if (route.csrf && !isOwnForm(app, http, session, form.text('_csrf'))) throw new Refusal('forbidden', 'csrf')
  return form
}

/** The ids in a form that are looked up like an address's; a minted one must be this session's, for this household. */
export function idsIn({ app, route }: Asked, form: Form, entered: Entered): [RecordKind, string][] {
  const found: [RecordKind, string][] = []
  for (const [field, kind] of Object.entries(route.bodyIds ?? {})) {
    for (const id of form.all(field)) {
      if (kind === 'payment' || kind === 'refund') checkMinted(app, kind, id, entered)
      else if (!(kind === 'method' && id === 'new')) found.push([kind, id])
    }
  }
  return found
}

function checkMinted(app: WebApp, kind: 'payment' | 'refund', id: string, { actor, records }: Entered): void {
  const { payment, patient } = records as { payment?: Records['payment']; patient?: Records['patient'] }
  const account: AccountId | undefined =
    actor.kind === 'patient' ? actor.account : (payment?.account ?? patient?.account)
  const right =
    account && isId(kind === 'payment' ? 'pay' : 'rfd', id) && isMinted(app, id, { session: actor.session, account })
  if (!right) throw new Refusal('absent', 'absent')
}

/** Changes of cards, and paying with kept ones, ask for a fresh code where the practice does not say that a link is enough. */
export function needsStep(route: Route, form: Form, { settings }: Seen, actor: PatientActor | StaffActor): boolean {
  if (route.stepUp !== 'methods' || settings.linkIsEnough || actor.kind !== 'patient' || actor.steppedUpAt) return false
  const paysOnce =
    route.bodyIds?.method !== undefined && form.text('method') === 'new' && !form.on('save') && !form.on('default')
  return !paysOnce
}
