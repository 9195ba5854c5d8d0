import { createAccount, listAccounts, retrieveAccount, updateAccount } from './accounts.ts'
import { listBalanceTransactions, retrieveBalanceTransaction } from './balance-transactions.ts'
import type { Call } from './call.ts'
import { listCharges, retrieveCharge, updateCharge } from './charges.ts'
import { createSession, expireByApi, listSessions, retrieveSession } from './checkout-sessions.ts'
import { createCustomer, deleteCustomer, listCustomers, retrieveCustomer, updateCustomer } from './customers.ts'
import { closeDispute, listDisputes, retrieveDispute, updateDispute } from './disputes.ts'
import { listEvents, retrieveEvent } from './events.ts'
import { lineItems } from './line-items.ts'
import {
  cancelIntent,
  confirmByApi,
  createIntent,
  listIntents,
  retrieveIntent,
  updateIntent,
} from './payment-intents.ts'
import {
  attachMethod,
  createMethod,
  detachMethod,
  listMethods,
  retrieveMethod,
  updateMethod,
} from './payment-methods.ts'
import { createRefund, listRefunds, retrieveRefund, updateRefund } from './refunds.ts'
import { cancelSetup, confirmSetupByApi, createSetup, listSetups, retrieveSetup } from './setup-intents.ts'
import { createEndpoint, deleteEndpoint, listEndpoints, retrieveEndpoint, updateEndpoint } from './webhook-endpoints.ts'

export type Handler = (call: Call, id: string) => object

/** Every endpoint of the API: a `*` stands for the id in the path. */
const ROUTES: Record<string, Handler> = {
  'GET account': call => retrieveAccount(call),
  'POST accounts': createAccount,
  'GET accounts': listAccounts,
  'GET accounts/*': retrieveAccount,
  'POST accounts/*': updateAccount,
  'GET balance_transactions': listBalanceTransactions,
  'GET balance_transactions/*': retrieveBalanceTransaction,
  'GET charges': listCharges,
  'GET charges/*': retrieveCharge,
  'POST charges/*': updateCharge,
  'POST checkout/sessions': createSession,
  'GET checkout/sessions': listSessions,
  'GET checkout/sessions/*': retrieveSession,
  'GET checkout/sessions/*/line_items': lineItems,
  'POST checkout/sessions/*/expire': expireByApi,
  'POST customers': createCustomer,
  'GET customers': listCustomers,
  'GET customers/*': retrieveCustomer,
  'POST customers/*': updateCustomer,
  'DELETE customers/*': deleteCustomer,
  'GET customers/*/payment_methods': listMethods,
  'GET disputes': listDisputes,
  'GET disputes/*': retrieveDispute,
  'POST disputes/*': updateDispute,
  'POST disputes/*/close': closeDispute,
  'GET events': listEvents,
  'GET events/*': retrieveEvent,
  'POST payment_intents': createIntent,
  'GET payment_intents': listIntents,
  'GET payment_intents/*': retrieveIntent,
  'POST payment_intents/*': updateIntent,
  'POST payment_intents/*/confirm': confirmByApi,
  'POST payment_intents/*/cancel': cancelIntent,
  'POST payment_methods': createMethod,
  'GET payment_methods': call => listMethods(call),
  'GET payment_methods/*': retrieveMethod,
  'POST payment_methods/*': updateMethod,
  'POST payment_methods/*/attach': attachMethod,
  'POST payment_methods/*/detach': detachMethod,
  'POST refunds': createRefund,
  'GET refunds': listRefunds,
  'GET refunds/*': retrieveRefund,
  'POST refunds/*': updateRefund,
  'POST setup_intents': createSetup,
  'GET setup_intents': listSetups,
  'GET setup_intents/*': retrieveSetup,
  'POST setup_intents/*/confirm': confirmSetupByApi,
  'POST setup_intents/*/cancel': cancelSetup,
  'POST webhook_endpoints': createEndpoint,
  'GET webhook_endpoints': listEndpoints,
  'GET webhook_endpoints/*': retrieveEndpoint,
  'POST webhook_endpoints/*': updateEndpoint,
  'DELETE webhook_endpoints/*': deleteEndpoint,
}

/** What a browser may call with its publishable key. */
const PUBLIC = new Set(['POST payment_methods', 'GET payment_intents/*', 'GET setup_intents/*'])

export interface Route {
  name: string
  handler: Handler
  id: string
  isPublic: boolean
}

/** The endpoint of a method and path, or undefined. */
export function findRoute(method: string, path: string): Route | undefined {
  const parts = path.replace(/^\/v1\//, '').split('/')
  const at = parts[0] === 'checkout' ? 2 : 1
  const exact = ROUTES[`${method} ${parts.join('/')}`]
  const name = exact
    ? `${method} ${parts.join('/')}`
    : `${method} ${parts.with(Math.min(at, parts.length - 1), '*').join('/')}`
  const handler = ROUTES[name]
  if (!handler) return undefined
  return { name, handler, id: exact ? '' : decodeURIComponent(parts[at] ?? ''), isPublic: PUBLIC.has(name) }
}
