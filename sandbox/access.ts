import type { IncomingHttpHeaders } from 'node:http'
import { accountExists, accountInvalid } from './accounts.ts'
import { PLATFORM, type Sandbox } from './call.ts'
import { ApiError } from './errors.ts'

export interface Access {
  account: string
  publishable: boolean
}

/** Which account a request acts for, and with which kind of key; a wrong key or account is refused. */
export function readAccess(sandbox: Sandbox, headers: IncomingHttpHeaders): Access {
  const key = keyOf(headers.authorization)
  const publishable = key.startsWith('pk_test_')
  if (!publishable && !key.startsWith('sk_test_')) throw refused(key)
  const account = headers['stripe-account']
  if (typeof account !== 'string' || account === '') return { account: PLATFORM, publishable }
  if (!accountExists(sandbox, account)) throw accountInvalid(account)
  return { account, publishable }
}

/** The key of `Bearer KEY`, or the user name of `Basic …`, as Stripe's own examples send it. */
function keyOf(authorization: string | undefined): string {
  const [scheme = '', value = ''] = (authorization ?? '').split(' ')
  if (/^bearer$/i.test(scheme)) return value.trim()
  if (/^basic$/i.test(scheme)) return Buffer.from(value, 'base64').toString().split(':')[0] ?? ''
  return ''
}

function refused(key: string): ApiError {
  const message = key
    ? `Invalid API Key provided: ${key.slice(0, 8)}****${key.slice(-4)}`
    : "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/."
  return new ApiError(401, { type: 'invalid_request_error', message })
}
