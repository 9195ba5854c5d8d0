import { Button, ButtonLink } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { cardName, lastMonth } from '../../design/card-name.ts'
import { Confirm } from '../../design/confirm.tsx'
import { Empty } from '../../design/empty.tsx'
import { PostForm } from '../../design/form.tsx'
import type { PersonFrame } from '../../design/frame.ts'
import { List, type ListItem } from '../../design/list.tsx'
import { Notice } from '../../design/notice.tsx'
import { PageHead } from '../../design/page-head.tsx'
import { PortalPage } from '../../design/portal-page.tsx'
import { Tag } from '../../design/tag.tsx'
import { paths } from '../../kernel/paths.ts'
import { expiresSoon, hasExpired, type Method } from '../../payments/methods.ts'

export type MethodsPageProps = {
  frame: PersonFrame
  methods: readonly Method[]
  today: Temporal.PlainDate
  /** False where the practice does not let cards be removed. */
  removable: boolean
  /** What was just done, in a sentence. */
  notice?: string | undefined
}

/** The household's cards: which is the default, and what can be done with each. */
export function MethodsPage({ frame, methods, today, removable, notice }: MethodsPageProps) {
  const { words, practice } = frame
  return (
    <PortalPage frame={frame} title={words.t('cards.title')} place="cards">
      <PageHead
        title={words.t('cards.title')}
        under={words.t('cards.lead')}
        actions={
          methods.length > 0 && (
            <ButtonLink href={paths.newMethod(practice.slug)} size="small" icon="plus">
              {words.t('cards.add')}
            </ButtonLink>
          )
        }
      />
      {notice && (
        <Notice tone="good" status>
          {notice}
        </Notice>
      )}
      <Card class="measure">
        {methods.length > 0 ? (
          <List items={methods.map(method => itemOf({ frame, method, today, removable }))} />
        ) : (
          <Empty
            icon="credit-card"
            title={words.t('cards.none')}
            action={
              <ButtonLink href={paths.newMethod(practice.slug)} kind="primary">
                {words.t('cards.add')}
              </ButtonLink>
            }
          >
            {words.t('cards.none.lead')}
          </Empty>
        )}
      </Card>
      {!removable && methods.length > 0 && <p class="small muted">{words.t('refusal.method.removalOff')}</p>}
    </PortalPage>
  )
}

type ItemProps = { frame: PersonFrame; method: Method; today: Temporal.PlainDate; removable: boolean }

function itemOf({ frame, method, today, removable }: ItemProps): ListItem {
  const { words } = frame
  const expired = hasExpired(method, today)
  const soon = expiresSoon(method, today)
  return {
    key: method.id,
    icon: 'credit-card',
    ...(expired || soon ? { tone: 'warn' as const } : {}),
    title: cardName(words, method),
    detail: (
      <>
        {words.t(expired ? 'method.expired' : 'method.expires', { month: lastMonth(words, method) })}{' '}
        {method.isDefault && <Tag tone="good">{words.t('method.default')}</Tag>}{' '}
        {soon && !expired && <Tag tone="warn">{words.t('method.expiring')}</Tag>}
      </>
    ),
    end: (
      <div class="row end">
        {!method.isDefault && !expired && <MakeDefault frame={frame} method={method} />}
        {removable && <Remove frame={frame} method={method} />}
      </div>
    ),
  }
}

function MakeDefault({ frame: { words, practice, csrf }, method }: { frame: PersonFrame; method: Method }) {
  const card = cardName(words, method)
  return (
    <PostForm action={paths.methodDefault(practice.slug, method.id)} csrf={csrf}>
      <Button kind="quiet" size="small" label={words.t('cards.makeDefault.label', { card })}>
        {words.t('cards.makeDefault')}
      </Button>
    </PostForm>
  )
}

function Remove({ frame: { words, practice, csrf }, method }: { frame: PersonFrame; method: Method }) {
  const card = cardName(words, method)
  return (
    <Confirm
      id={`remove-${method.id}`}
      open={words.t('cards.remove')}
      openLabel={words.t('cards.remove.label', { card })}
      title={words.t('cards.remove.title', { card })}
      lead={words.t('cards.remove.lead')}
      no={words.t('cards.remove.no')}
    >
      <PostForm action={paths.methodRemoval(practice.slug, method.id)} csrf={csrf}>
        <Button kind="danger">{words.t('cards.remove.yes')}</Button>
      </PostForm>
    </Confirm>
  )
}
