import { Button, ButtonLink } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { cardName } from '../../design/card-name.ts'
import { FormErrors, PostForm } from '../../design/form.tsx'
import type { PersonFrame } from '../../design/frame.ts'
import { PageHead } from '../../design/page-head.tsx'
import { PortalPage } from '../../design/portal-page.tsx'
import { paths } from '../../kernel/paths.ts'
import type { Method } from '../../payments/methods.ts'

type RemovalPageProps = {
  frame: PersonFrame
  method: Method
  /** Why it cannot be removed now; a replacement is offered instead. */
  error?: string | undefined
}

/** Asks before a card is removed. */
export function RemovalPage({ frame, method, error }: RemovalPageProps) {
  const { words, practice, csrf } = frame
  const title = words.t('cards.remove.title', { card: cardName(words, method) })
  return (
    <PortalPage frame={frame} title={title} place="cards">
      <PageHead back={{ href: paths.methods(practice.slug), label: words.t('cards.title') }} title={title} />
      <Card class="measure" pad>
        {error ? (
          <FormErrors words={words} count={1}>
            {error}
          </FormErrors>
        ) : (
          <p>{words.t('cards.remove.lead')}</p>
        )}
        <div class="row end">
          <ButtonLink href={paths.methods(practice.slug)}>{words.t('cards.remove.no')}</ButtonLink>
          {error ? (
            <ButtonLink href={paths.newMethod(practice.slug)} kind="primary">
              {words.t('cards.add')}
            </ButtonLink>
          ) : (
            <PostForm action={paths.methodRemoval(practice.slug, method.id)} csrf={csrf}>
              <Button kind="danger">{words.t('cards.remove.yes')}</Button>
            </PostForm>
          )}
        </div>
      </Card>
    </PortalPage>
  )
}
