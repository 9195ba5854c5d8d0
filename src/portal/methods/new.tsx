import { Button } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { CardEntry, type CardProcessor } from '../../design/card-entry.tsx'
import { Check } from '../../design/choice.tsx'
import { FormErrors, PostForm } from '../../design/form.tsx'
import type { PersonFrame } from '../../design/frame.ts'
import { PageHead } from '../../design/page-head.tsx'
import { PaySecure } from '../../design/pay-parts.tsx'
import { PortalPage } from '../../design/portal-page.tsx'
import { paths } from '../../kernel/paths.ts'

export type NewMethodPageProps = {
  frame: PersonFrame
  processor: CardProcessor | null
  asDefault?: boolean
  /** Why the last try was not saved. */
  error?: string | undefined
}

/** A card to keep: entered in the processor's own frame, or on its page where there is no script. */
export function NewMethodPage({ frame, processor, asDefault = false, error }: NewMethodPageProps) {
  const { words, practice, csrf } = frame
  return (
    <PortalPage frame={frame} title={words.t('cards.new.title')} place="cards" task islands={['card-entry']}>
      <PageHead
        back={{ href: paths.methods(practice.slug), label: words.t('cards.title') }}
        title={words.t('cards.new.title')}
        under={words.t('cards.new.lead')}
      />
      <Card class="measure" pad>
        {error && (
          <FormErrors words={words} count={1}>
            {error}
          </FormErrors>
        )}
        {processor ? (
          <PostForm action={paths.methods(practice.slug)} csrf={csrf} class="stack">
            <CardEntry words={words} processor={processor} amount={null} />
            <Check id="default" name="default" checked={asDefault}>
              {words.t('cards.new.default')}
            </Check>
            <div class="act">
              <Button kind="primary" block>
                {words.t('cards.new.button')}
              </Button>
            </div>
            <PaySecure words={words} />
          </PostForm>
        ) : (
          <p>{words.t('refusal.payment.off')}</p>
        )}
      </Card>
    </PortalPage>
  )
}
