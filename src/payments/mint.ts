import { createHmac, timingSafeEqual } from 'node:crypto'
import { type AccountId, ALPHABET, type Id, newId } from '../kernel/ids.ts'
import type { App } from '../platform/app.ts'
import { ownSecret } from '../platform/config.ts'

const TIME = 10
const MARK = 8

/**
 * A new id for a money form, made before it is sent (reliability 3): its last 40 bits prove that it was minted for this
 * session and household, so that a form cannot name another's payment.
 */
export function mintId<Prefix extends string>(
  app: Pick<App, 'config'>,
  prefix: Prefix,
  { session, account }: { session: string; account: AccountId },
): Id<Prefix> {
  const id = newId(prefix)
  // Its time, then its low bits, which differ in every id that one process makes.
  const body = `${id.slice(0, prefix.length + 1 + TIME)}${id.slice(-MARK)}`
  return `${body}${mark(app, body, session, account)}` as Id<Prefix>
}

/** Whether an id was minted for this session and household. */
export function isMinted(
  app: Pick<App, 'config'>,
  id: string,
  { session, account }: { session: string; account: AccountId },
): boolean {
  const given = Buffer.from(id.slice(-MARK))
  const right = Buffer.from(mark(app, id.slice(0, -MARK), session, account))
  return given.length === right.length && timingSafeEqual(given, right)
}

function mark(app: Pick<App, 'config'>, body: string, session: string, account: AccountId): string {
  const digest = createHmac('sha256', ownSecret(app.config, 'forms')).update(`${body} ${session} ${account}`).digest()
  return Array.from(digest.subarray(0, MARK), byte => ALPHABET[byte & 31]).join('')
}
