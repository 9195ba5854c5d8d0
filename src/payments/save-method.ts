import { recordEvent } from '../audit/events.ts'
import { lockAccount } from '../identity/accounts.ts'
import { type PatientActor, type SystemActor, wholePractice } from '../kernel/actor.ts'
import { type AccountId, type MethodId, newId } from '../kernel/ids.ts'
import { paths } from '../kernel/paths.ts'
import { Refusal } from '../kernel/refusal.ts'
import { transact } from '../platform/database.ts'
import { getAbout } from '../practice/about.ts'
import { getPractice } from '../practice/practices.ts'
import { getConnection } from '../processor/connections.ts'
import type { Answer, PaymentsApp, SetupState } from '../processor/processor.ts'
import { getCustomer } from './customers.ts'
import { detachMethod } from './detach.ts'
import { countRemoved, findMethod, isInUse, makeDefault, markRemoved, recordMethod } from './methods.ts'

export type SaveOrder = { readonly account: AccountId; readonly card: string; readonly keep: 'save' | 'default' }
/** What became of keeping a card: kept, or the bank wants to see its holder first at this address. */
export type Saved = { readonly method: MethodId } | { readonly actionUrl: string }

/**
 * Keeps a card just entered in the processor's frame; its household may. The bank may ask its holder to authenticate, at an
 * address that leads back to `takeSetup`. Refuses `method.declined` with the bank's code, `busy`. Records method.saved.
 */
export async function saveMethod(
  app: PaymentsApp,
  actor: PatientActor | SystemActor,
  order: SaveOrder,
): Promise<Saved> {
  const { connection, slug } = await readConnection(app, actor)
  const customer = await getCustomer(app, actor.practice, order.account, connection)
  // A card that was kept and removed since is asked about anew: the answer of the first time would be of a card taken away.
  const removed = await transact(app.db, wholePractice(actor.practice), tx =>
    countRemoved(tx, actor.practice, order.account),
  )
  const answer = await app.processor.setUp(connection.processorAccount, {
    key: `${order.account}:setup:${order.card}:${order.keep}:${removed}`,
    account: order.account,
    customer,
    method: order.card,
    keep: order.keep,
    returnUrl: `${app.config.url}${paths.newMethod(slug)}`,
  })
  return keepSetup(app, actor, order.account, answer)
}

/** Without script: the address of the processor's hosted page for one card to keep, which leads back to `takeSetup`. */
export async function openSetupPage(
  app: PaymentsApp,
  actor: PatientActor,
  order: { account: AccountId; keep: 'save' | 'default'; locale: 'en' | 'es' },
): Promise<string> {
  const { connection, slug, currency } = await readConnection(app, actor)
  const customer = await getCustomer(app, actor.practice, order.account, connection)
  const answer = await app.processor.openSetupPage(connection.processorAccount, {
    key: `${newId('set')}:session`,
    ...order,
    customer,
    currency,
    returnUrl: `${app.config.url}${paths.newMethod(slug)}`,
    cancelUrl: `${app.config.url}${paths.methods(slug)}`,
  })
  if (!('value' in answer) || answer.value === '') throw new Refusal('invalid', 'busy')
  return answer.value
}

/** Takes what the processor shows as final of a card being kept, when its holder comes back; safe to repeat. Another household's setup is absent. */
export async function takeSetup(app: PaymentsApp, actor: PatientActor, setup: string): Promise<Saved> {
  const { connection } = await readConnection(app, actor)
  const answer = await app.processor.retrieveSetup(connection.processorAccount, setup)
  if ('refused' in answer) throw new Refusal('absent', 'method.absent')
  return keepSetup(app, actor, actor.account, answer)
}

async function keepSetup(
  app: PaymentsApp,
  actor: PatientActor | SystemActor,
  account: AccountId,
  answer: Answer<SetupState>,
): Promise<Saved> {
  if ('unknown' in answer) throw new Refusal('invalid', 'busy')
  if ('refused' in answer) throw new Refusal('invalid', 'method.declined', { code: answer.code }, 'method')
  const setup = answer.value
  if (setup.account !== account) throw new Refusal('absent', 'method.absent')
  if (setup.status === 'requires_action' && setup.actionUrl) return { actionUrl: setup.actionUrl }
  const { card } = setup
  if (setup.status !== 'succeeded' || !card)
    throw new Refusal('invalid', 'method.declined', { code: setup.declineCode ?? 'card_declined' }, 'method')
  return transact(app.db, wholePractice(actor.practice), async tx => {
    await lockAccount(tx, actor.practice, account)
    const connection = await getConnection(tx, actor.practice)
    const kept = await recordMethod(tx, actor.practice, {
      account,
      connection: connection.id,
      card,
      asDefault: setup.keep === 'default',
    })
    if (kept.made) await recordEvent(app, tx, actor, { type: 'method.saved', subject: kept.id, account })
    return { method: kept.id }
  })
}

/** Makes a saved method the default; its household may. Refuses `method.absent`. Records method.made-default. */
export async function makeMethodDefault(app: PaymentsApp, actor: PatientActor, method: MethodId): Promise<void> {
  await transact(app.db, wholePractice(actor.practice), async tx => {
    await lockAccount(tx, actor.practice, actor.account)
    const found = await findMethod(tx, actor.practice, method)
    if (found?.account !== actor.account) throw new Refusal('absent', 'method.absent')
    await makeDefault(tx, actor.practice, actor.account, method)
    await recordEvent(app, tx, actor, { type: 'method.made-default', subject: method, account: actor.account })
  })
}

/**
 * Removes a saved method, at the processor too; its household may. Refuses `method.needed` while a payment under way uses it,
 * `method.removalOff` where the practice forbids removal, `method.absent`. Records method.removed.
 */
export async function removeMethod(app: PaymentsApp, actor: PatientActor, method: MethodId): Promise<void> {
  const { practice, account } = actor
  const removed = await transact(app.db, wholePractice(practice), async tx => {
    await lockAccount(tx, practice, account)
    const found = await findMethod(tx, practice, method)
    if (found?.account !== account) throw new Refusal('absent', 'method.absent')
    if (!(await getAbout(tx, practice)).settings.removableMethods) throw new Refusal('invalid', 'method.removalOff')
    if (await isInUse(tx, practice, method)) throw new Refusal('invalid', 'method.needed')
    await recordEvent(app, tx, actor, { type: 'method.removed', subject: method, account })
    return markRemoved(tx, practice, account, method)
  })
  // Out of use here already; where the processor cannot be asked now, the sweep asks later.
  await detachMethod(app, practice, removed)
}

async function readConnection(app: PaymentsApp, actor: PatientActor | SystemActor) {
  return transact(app.db, wholePractice(actor.practice), async tx => {
    const { slug, currency } = await getPractice(tx, actor.practice)
    return { connection: await getConnection(tx, actor.practice), slug, currency }
  })
}
