import type Stripe from 'stripe'
import { type Call, PLATFORM, type Sandbox } from './call.ts'
import { ApiError } from './errors.ts'
import { newId } from './ids.ts'
import { LIST_PARAMS, listPage } from './lists.ts'
import { findObject, insertObject, saveObject } from './objects.ts'
import { allowOnly, emptyParams, has, mergedMetadata, type Params, text, textOrNull } from './params.ts'
import { now } from './store.ts'

const PARAMS = [
  'business_profile',
  'business_type',
  'capabilities',
  'company',
  'controller',
  'country',
  'default_currency',
  'email',
  'individual',
  'metadata',
  'settings',
  'tos_acceptance',
  'type',
]

/** Makes a connected account that can take cards at once. */
export function createAccount(call: Call): Stripe.Account {
  allowOnly(call.params, PARAMS)
  const account = accountBody(newId('acct', 16), call.params, call.now)
  insertObject({ ...call, account: PLATFORM }, 'account', account)
  return account
}

export function updateAccount(call: Call, id: string): Stripe.Account {
  allowOnly(call.params, PARAMS)
  const before = retrieveAccount(call, id)
  const name = text(call.params, 'business_profile.name')
  if (name !== undefined && before.business_profile) before.business_profile.name = name || null
  if (has(call.params, 'email')) before.email = textOrNull(call.params, 'email')
  before.metadata = mergedMetadata(call.params, before.metadata)
  saveObject(call.sandbox.store, 'account', { body: before, hidden: {} })
  return before
}

/** The account of the path, or, without one, the account that the request acts for. */
export function retrieveAccount(call: Call, id: string = call.account): Stripe.Account {
  const kept = findObject(call.sandbox.store, PLATFORM, 'account', id)
  if (kept) return kept.body
  if (id === PLATFORM) return accountBody(PLATFORM, emptyParams(), now(call.sandbox.store))
  throw accountInvalid(id)
}

export function listAccounts(call: Call) {
  allowOnly(call.params, LIST_PARAMS)
  return listPage({ ...call, account: PLATFORM }, 'account', '/v1/accounts')
}

export function accountInvalid(id: string): ApiError {
  return new ApiError(403, {
    type: 'invalid_request_error',
    code: 'account_invalid',
    message: `The provided key 'sk_test_********' does not have access to account '${id}' (or that account does not exist). Application access may have been revoked.`,
  })
}

export function accountExists(sandbox: Sandbox, id: string): boolean {
  return id === PLATFORM || findObject(sandbox.store, PLATFORM, 'account', id) !== undefined
}

/** What a page calls the account that is paid. */
export function accountName(sandbox: Sandbox, id: string): string {
  const account = findObject(sandbox.store, PLATFORM, 'account', id)?.body
  return account?.business_profile?.name ?? account?.settings?.dashboard.display_name ?? account?.email ?? 'Sandbox'
}

function accountBody(id: string, params: Params, created: number): Stripe.Account {
  return {
    id,
    object: 'account',
    business_profile: businessProfile(params),
    business_type: textOrNull(params, 'business_type') as Stripe.Account.BusinessType | null,
    capabilities: { card_payments: 'active', transfers: 'active' },
    charges_enabled: true,
    controller: { type: 'application' } as Stripe.Account.Controller,
    country: text(params, 'country') || 'US',
    created,
    default_currency: text(params, 'default_currency') || 'usd',
    details_submitted: true,
    email: textOrNull(params, 'email'),
    external_accounts: emptyList(`/v1/accounts/${id}/external_accounts`),
    future_requirements: noRequirements() as Stripe.Account.FutureRequirements,
    metadata: mergedMetadata(params),
    payouts_enabled: true,
    requirements: noRequirements() as Stripe.Account.Requirements,
    settings: accountSettings(params),
    tos_acceptance: { date: null, ip: null, user_agent: null },
    type: (text(params, 'type') || 'standard') as Stripe.Account.Type,
  }
}

function businessProfile(params: Params): Stripe.Account.BusinessProfile {
  const field = (name: string) => textOrNull(params, `business_profile.${name}`)
  return {
    annual_revenue: null,
    estimated_worker_count: null,
    mcc: field('mcc'),
    minority_owned_business_designation: null,
    name: field('name'),
    product_description: field('product_description'),
    specified_commercial_transactions_act_url: null,
    support_address: null,
    support_email: field('support_email'),
    support_phone: field('support_phone'),
    support_url: field('support_url'),
    url: field('url'),
  }
}

function noRequirements() {
  return {
    alternatives: [],
    current_deadline: null,
    currently_due: [],
    disabled_reason: null,
    errors: [],
    eventually_due: [],
    past_due: [],
    pending_verification: [],
  }
}

function emptyList(url: string) {
  return { object: 'list' as const, data: [], has_more: false, url }
}

function accountSettings(params: Params): Stripe.Account.Settings {
  const descriptor = textOrNull(params, 'settings.payments.statement_descriptor')
  return {
    bacs_debit_payments: { display_name: null, service_user_number: null },
    branding: { icon: null, logo: null, primary_color: null, secondary_color: null },
    card_issuing: { tos_acceptance: { date: null, ip: null } },
    card_payments: {
      decline_on: { avs_failure: false, cvc_failure: false },
      statement_descriptor_prefix: null,
      statement_descriptor_prefix_kana: null,
      statement_descriptor_prefix_kanji: null,
    },
    dashboard: { display_name: textOrNull(params, 'settings.dashboard.display_name'), timezone: 'Etc/UTC' },
    invoices: { default_account_tax_ids: null, hosted_payment_method_save: null },
    payments: {
      statement_descriptor: descriptor,
      statement_descriptor_kana: null,
      statement_descriptor_kanji: null,
      statement_descriptor_prefix_kana: null,
      statement_descriptor_prefix_kanji: null,
    },
    payouts: {
      debit_negative_balances: true,
      schedule: { delay_days: 2, interval: 'daily' },
      statement_descriptor: null,
    },
    sepa_debit_payments: {},
  } as unknown as Stripe.Account.Settings
}
