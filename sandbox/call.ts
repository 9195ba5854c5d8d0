import type { Params } from './params.ts'
import type { Settings } from './settings.ts'
import type { Store } from './store.ts'

export interface Endpoint {
  id: string
  account: string
  url: string
  secret: string
  connect: boolean
  events: string[]
}

/** What sends queued events to their endpoints; the queue lives in the store, so that a restart goes on with it. */
export interface Deliverer {
  endpoints: Endpoint[] | null
  running: Set<number>
  timer: NodeJS.Timeout | null
  timerDueMs: number
  stopped: boolean
}

/** The running program. */
export interface Sandbox {
  settings: Settings
  store: Store
  deliverer: Deliverer
  /** Where browsers reach it: the base of every page that it links to. */
  origin: string
}

/** One request to the API, after its key and account were checked. */
export interface Call {
  sandbox: Sandbox
  account: string
  now: number
  params: Params
  requestId: string
  idempotencyKey: string | null
  /** The request came with a publishable key: it sees one intent by its client secret, and makes payment methods. */
  publishable: boolean
}

/** The account that has the keys; every other account is connected to it. */
export const PLATFORM = 'acct_1SandboxPlatform'

/** A call that the sandbox makes to itself, from its own pages. */
export function innerCall(sandbox: Sandbox, account: string, now: number, params: Params): Call {
  return { sandbox, account, now, params, requestId: '', idempotencyKey: null, publishable: false }
}
