import { cardName } from '../../design/card-name.ts'
import { isId } from '../../kernel/ids.ts'
import { paths } from '../../kernel/paths.ts'
import { type KnownMethod, listMethods, selectKnownMethod } from '../../payments/methods.ts'
import { makeMethodDefault, removeMethod } from '../../payments/save-method.ts'
import { maybe } from '../../platform/database.ts'
import { page, seeOther } from '../../web/answers.ts'
import { sayRefusal } from '../../web/errors.tsx'
import { type PatientGet, patientGet, patientPost, type Route } from '../../web/route.ts'
import { MethodsPage } from './list.tsx'
import { RemovalPage } from './removal.tsx'
import { newMethodRoute, saveRoute } from './saving.tsx'

const methodListRoute = patientGet(
  { path: '/:practice/methods', room: 'payments', audit: 'methods.see' },
  async context => {
    const { practice, settings, actor, tx, today, frame } = context
    const methods = await listMethods(tx, practice.id, actor.account)
    const notice = await readNotice(context)
    return page(
      <MethodsPage
        frame={frame}
        methods={methods}
        today={today}
        removable={settings.removableMethods}
        notice={notice}
      />,
    )
  },
)

/** "Visa ending 4242 is saved.", where the address says so of one of the household's own cards, and it is so. */
async function readNotice({ practice, words, tx, query }: PatientGet): Promise<string | undefined> {
  const done = query.get('done')
  const id = query.get('card') ?? ''
  if ((done !== 'saved' && done !== 'removed' && done !== 'default') || !isId('mth', id)) return undefined
  const method = await maybe(tx, selectKnownMethod(practice.id, id))
  return method && isSo(method, done) ? words.t(`cards.notice.${done}`, { card: cardName(words, method) }) : undefined
}

function isSo({ kept, isDefault, justRemoved }: KnownMethod, done: 'saved' | 'removed' | 'default'): boolean {
  if (done === 'removed') return justRemoved
  return done === 'default' ? isDefault : kept
}

const defaultRoute = patientPost(
  {
    path: '/:practice/methods/:method/default',
    room: 'payments',
    audit: 'method.make-default',
    limit: 'form',
    stepUp: 'methods',
    form: {},
  },
  async ({ app, practice, actor, records }) => {
    await makeMethodDefault(app, actor, records.method.id)
    return seeOther(paths.methods(practice.slug, { done: 'default', card: records.method.id }))
  },
)

const askRemovalRoute = patientGet(
  { path: '/:practice/methods/:method/removal', room: 'payments', audit: 'method.see' },
  async ({ settings, words, frame, records }) =>
    page(
      <RemovalPage
        frame={frame}
        method={records.method}
        error={settings.removableMethods ? undefined : words.t('refusal.method.removalOff')}
      />,
    ),
)

const removalRoute = patientPost(
  {
    path: '/:practice/methods/:method/removal',
    room: 'payments',
    audit: 'method.remove',
    limit: 'form',
    stepUp: 'methods',
    form: {},
  },
  async ({ app, practice, actor, records }) => {
    await removeMethod(app, actor, records.method.id)
    return seeOther(paths.methods(practice.slug, { done: 'removed', card: records.method.id }))
  },
  ({ words, frame, records }, { refusal }) => (
    <RemovalPage frame={frame} method={records.method} error={sayRefusal(words, refusal)} />
  ),
)

/** The household's saved cards. */
export const methodRoutes: Route[] = [
  methodListRoute,
  newMethodRoute,
  saveRoute,
  defaultRoute,
  askRemovalRoute,
  removalRoute,
]
