import type { Context } from 'hono'
import type { VNode } from 'preact'
import type { z } from 'zod'
import type { Frame, OfficeFrame, PersonFrame, PracticeFrame } from '../design/frame.ts'
import type { OfficeWords, Words } from '../design/words.ts'
import type { Asker } from '../identity/askers.ts'
import type { IdentityApp } from '../identity/sessions.ts'
import type { PatientActor, StaffActor, SystemActor } from '../kernel/actor.ts'
import type { LoginId } from '../kernel/ids.ts'
import type { Tx } from '../platform/database.ts'
import type { Practice } from '../practice/practices.ts'
import type { Settings } from '../practice/settings.ts'
import type { PaymentsApp } from '../processor/processor.ts'
import { acting, type Returned } from './act.ts'
import type { Fields } from './fields.ts'
import type { MintedKind, RecordKind, RecordName, Records } from './records.ts'

/** What faces' verbs need: everything. */
export type WebApp = PaymentsApp & IdentityApp

type ParamsOf<Path extends string> = Path extends `${string}:${infer Param}/${infer Rest}`
  ? Param | ParamsOf<`/${Rest}`>
  : Path extends `${string}:${infer Param}`
    ? Param
    : never
/** The records that an address names; the gate looks them up and hands them to the handler, never an id. */
export type RecordsOf<Path extends string> = Pick<Records, Extract<ParamsOf<Path>, RecordName>>

export type Role = 'patient' | 'owner' | 'biller'
/** Which of a household's acts ask for the second step first, where the practice does not say that a link is enough (reliability 13). */
export type StepUp = 'methods' | null
export type Limit = 'pay' | 'door' | 'form' | null

/** What every route declares; a route without its gate does not start. */
export type Gate<Path extends string = string> = {
  readonly method: 'GET' | 'POST'
  readonly path: Path
  readonly room: string
  /** What the read or change is called in the audit; null where nothing of a patient is seen or changed. */
  readonly audit: string | null
  readonly limit?: Limit
  readonly stepUp?: StepUp
  /** Fields of the form that carry ids of records: looked up by the gate like an address's. */
  readonly names?: Readonly<Record<string, RecordKind>>
  /** Fields that carry an id minted with the form. */
  readonly mints?: Readonly<Record<string, MintedKind>>
  /** How its form is read; a field that no schema names is not read. */
  readonly fields?: Fields
  /** A valid form, for checks that walk every route; `:kind` stands for an id. */
  readonly form?: Readonly<Record<string, string>>
  /** The page frames the processor's card entry, or leads to its pages (reliability 16). */
  readonly card?: boolean
  /** What the answer is, when it is no page. */
  readonly answers?: 'html' | 'pdf' | 'css' | 'json' | 'text'
}

type Common = {
  readonly app: WebApp
  readonly http: Context
  readonly request: string
  readonly query: URLSearchParams
}
type InPractice = Common & {
  readonly practice: Practice
  readonly settings: Settings
  readonly today: Temporal.PlainDate
}

export type PatientGet<Path extends string = string> = InPractice & {
  readonly actor: PatientActor
  readonly words: Words
  readonly frame: PersonFrame
  readonly tx: Tx
  readonly records: RecordsOf<Path>
}
export type PatientPost<Path extends string = string> = Omit<PatientGet<Path>, 'tx'>
export type StaffGet<Path extends string = string> = InPractice & {
  readonly actor: StaffActor
  readonly words: OfficeWords
  readonly frame: OfficeFrame
  readonly tx: Tx
  readonly records: RecordsOf<Path>
}
export type StaffPost<Path extends string = string> = Omit<StaffGet<Path>, 'tx'>
/** Somebody who signs out; the actor is the door where they hold nothing here any more. */
export type LeavePost = Pick<InPractice, 'app' | 'http' | 'practice'> & {
  readonly actor: PatientActor | StaffActor | SystemActor
  readonly session: string
}
/** A page of a practice for anyone; `signedIn` when the visitor already is. */
export type DoorGet<Path extends string = string> = InPractice & {
  readonly words: Words
  readonly frame: PracticeFrame
  readonly signedIn: { readonly patient: boolean; readonly staff: boolean }
  readonly login: LoginId | null
  readonly records: RecordsOf<Path>
}
export type DoorPost<Path extends string = string> = DoorGet<Path> & { readonly asker: Asker }
/** A page of the installation, before any practice. */
export type PlainGet = Common & { readonly words: Words; readonly frame: Frame }
export type RawPost = Common & { readonly raw: Buffer }

/** An answer, or what makes it when the reads' transaction has ended: a document is drawn from what was read, and takes its time. */
export type Answer = Response | (() => Promise<Response>)

/** A declared route: what `portico routes` prints, what the gate enforces, what answers. */
export type Route = Gate & {
  readonly roles: readonly Role[]
  readonly public: boolean
  /** Whose record the address names: the household's, the practice's, or nobody's. */
  readonly owner: 'account' | 'practice' | null
  readonly csrf: boolean
  readonly body: 'form' | 'raw' | null
  readonly kind: 'patient' | 'staff' | 'door' | 'plain' | 'raw'
  /** Open to whoever has a session and is, or was, one of these roles here. */
  readonly leaving?: true
  readonly before?: (context: never) => Promise<Response | undefined>
  readonly handle: (context: never) => Promise<Answer>
}

type GetGate<Path extends string> = Omit<Gate<Path>, 'method'>
type PostGate<Path extends string, Schema extends Fields> = Omit<Gate<Path>, 'method' | 'form' | 'limit'> & {
  readonly form: Readonly<Record<string, string>>
  readonly fields?: Schema
  readonly limit: Limit
}
type NoFields = z.ZodObject<Record<never, z.ZodType>>
/** What an act is given beside its context: the form, read by its schema. */
type Read<Schema extends Fields> = { readonly fields: z.output<Schema> }
type Again<Context> = (context: Context, returned: Returned) => Promise<VNode | undefined> | VNode | undefined

type PatientGate<Path extends string> = GetGate<Path> & {
  /**
   * Settles what the processor already shows as final, after the gate has decided and outside any transaction; the page is
   * read after it, unless it answers itself.
   */
  readonly before?: (context: Omit<PatientGet<Path>, 'tx'>) => Promise<Response | undefined>
}

/** What follows from GET or POST. */
const READ = { method: 'GET', csrf: false, body: null } as const
const FORM = { method: 'POST', csrf: true, body: 'form' } as const
const RAW = { method: 'POST', csrf: false, body: 'raw' } as const
/** What follows from whose route it is. */
const PATIENT = { kind: 'patient', roles: ['patient'], public: false, owner: 'account' } as const
const STAFF = { kind: 'staff', roles: ['owner', 'biller'], public: false, owner: 'practice' } as const
const ANYONE = { roles: [], public: true, owner: null } as const
const DOOR = { kind: 'door', ...ANYONE } as const

/** A page of a signed-in household; its reads and its audit row are one transaction. */
export function patientGet<const Path extends string>(
  gate: PatientGate<Path>,
  handle: (context: PatientGet<Path>) => Promise<Answer>,
): Route {
  return { ...gate, ...READ, ...PATIENT, handle }
}

/** An act of a signed-in household. */
export function patientPost<const Path extends string, Schema extends Fields = NoFields>(
  gate: PostGate<Path, Schema>,
  act: (context: PatientPost<Path> & Read<Schema>) => Promise<Response>,
  again?: Again<PatientPost<NoInfer<Path>>>,
): Route {
  return { ...gate, ...FORM, ...PATIENT, handle: acting(gate.fields, act, again) }
}

/** A page of the office. */
export function staffGet<const Path extends string>(
  gate: GetGate<Path>,
  handle: (context: StaffGet<Path>) => Promise<Answer>,
): Route {
  return { ...gate, ...READ, ...STAFF, handle }
}

/** An act of staff. */
export function staffPost<const Path extends string, Schema extends Fields = NoFields>(
  gate: PostGate<Path, Schema>,
  act: (context: StaffPost<Path> & Read<Schema>) => Promise<Response>,
  again?: Again<StaffPost<NoInfer<Path>>>,
): Route {
  return { ...gate, ...FORM, ...STAFF, handle: acting(gate.fields, act, again) }
}

/** Signing out: for whoever has a session and is, or was, a patient's grantee or staff here, so that it works when their grants have ended. */
export function leavePost<const Path extends string>(
  kind: 'patient' | 'staff',
  gate: PostGate<Path, NoFields>,
  handle: (context: LeavePost) => Promise<Response>,
): Route {
  return { ...gate, ...FORM, ...(kind === 'patient' ? PATIENT : STAFF), leaving: true, handle }
}

/** A page of a practice that anyone may open. */
export function doorGet<const Path extends string>(
  gate: GetGate<Path>,
  handle: (context: DoorGet<Path>) => Promise<Response>,
): Route {
  return { ...gate, ...READ, ...DOOR, handle }
}

/** A form of a practice that anyone may send; `csrf` for those that sign in. */
export function doorPost<const Path extends string, Schema extends Fields = NoFields>(
  gate: PostGate<Path, Schema> & { readonly csrf: boolean },
  act: (context: DoorPost<Path> & Read<Schema>) => Promise<Response>,
  again?: Again<DoorPost<NoInfer<Path>>>,
): Route {
  return { ...gate, ...FORM, ...DOOR, csrf: gate.csrf, handle: acting(gate.fields, act, again) }
}

/** A page of the installation that anyone may open. */
export function plainGet(gate: GetGate<string>, handle: (context: PlainGet) => Promise<Response>): Route {
  return { ...gate, ...READ, ...ANYONE, kind: 'plain', handle }
}

/** An inbound call of another system, proved by a signature over its raw bytes. */
export function rawPost(gate: Omit<Gate, 'method' | 'form'>, handle: (context: RawPost) => Promise<Response>): Route {
  return { ...gate, ...RAW, ...ANYONE, kind: 'raw', handle }
}

/** Refuses to start with a route that leaves its gate open. */
export function checkRoutes(routes: readonly Route[]): void {
  const seen = new Set<string>()
  for (const route of routes) {
    const name = `${route.method} ${route.path}`
    if (seen.has(name)) throw new Error(`${name} is declared twice`)
    seen.add(name)
    if (!route.public && route.roles.length === 0)
      throw new Error(`${name} has no gate: it names no roles and is not public`)
    if (!route.public && route.audit === null)
      throw new Error(`${name} has no gate: what is seen or changed is not named for the audit`)
    if (route.method === 'POST' && route.body === 'form' && route.limit === undefined)
      throw new Error(`${name} has no gate: it names no rate limit`)
    const unread = Object.keys(route.form ?? {}).filter(name => !Object.hasOwn(route.fields?.shape ?? {}, name))
    if (unread.length > 0) throw new Error(`${name} has a form that nothing reads: ${unread.join(', ')}`)
    if (route.method === 'POST' && !route.public && !route.csrf)
      throw new Error(`${name} has no gate: its form is not tied to a session`)
  }
}
