import { Button, ButtonLink } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { PostForm } from '../../design/form.tsx'
import type { PersonFrame } from '../../design/frame.ts'
import { declineSentence } from '../../design/paid-with.ts'
import type { Words } from '../../design/words.ts'
import type { PaymentStory } from '../../documents/payment-story.ts'
import type { PatientActor } from '../../kernel/actor.ts'
import { paths } from '../../kernel/paths.ts'
import type { Practice } from '../../practice/practices.ts'
import type { People } from '../people.ts'

/** What a payment's page is made of. */
export type PaymentPageProps = {
  frame: PersonFrame
  practice: Practice
  actor: PatientActor
  now: Temporal.Instant
  people: People
  story: PaymentStory
}

/** What each state of a payment says. */
export type StateProps = { words: Words; practice: Practice; story: PaymentStory; lead: string | undefined }

/** The answer is on its way: a page that asks again by itself says so, and can be asked at once. */
export function Waiting({ words, practice, story: { payment }, lead }: StateProps) {
  return (
    <Card pad>
      <p class="checking" role="status">
        {lead}
      </p>
      <div>
        <ButtonLink href={paths.payment(practice.slug, payment.id)} size="small" icon="rotate-ccw">
          {words.t('payment.refresh')}
        </ButtonLink>
      </div>
    </Card>
  )
}

/** The bank asks who pays, or the processor's page asks for the card: go on, or leave it. */
export function ForThePayer({ frame, practice, story, lead }: Omit<StateProps, 'words'> & { frame: PersonFrame }) {
  const { words, csrf } = frame
  const { payment, state } = story
  return (
    <Card pad>
      <p role="status">{lead}</p>
      {payment.actionUrl && (
        <div class="act">
          <ButtonLink href={payment.actionUrl} kind="primary" block>
            {words.t(state === 'hosted' ? 'payment.hosted.continue' : 'payment.action.continue')}
          </ButtonLink>
        </div>
      )}
      <PostForm action={paths.paymentCancellation(practice.slug, payment.id)} csrf={csrf}>
        <Button kind="quiet">{words.t('payment.action.cancel')}</Button>
      </PostForm>
    </Card>
  )
}

/** Why the card was not accepted, and that nothing was lost. */
export function Declined({ words, practice, story, lead }: StateProps) {
  return (
    <Card pad>
      <div class="stack-s" role="status">
        <p>
          <strong>{declineSentence(words, story.payment.failureCode)}</strong>
        </p>
        <p class="muted">{lead}</p>
      </div>
      <Onward words={words} practice={practice} story={story} />
    </Card>
  )
}

/** A payment that nobody finished. */
export function Canceled({ words, practice, story }: Omit<StateProps, 'lead'>) {
  return (
    <Card pad>
      <p>{words.t('payment.lead.canceled')}</p>
      <Onward words={words} practice={practice} story={story} />
    </Card>
  )
}

/** After a payment that ended without money: pay again, or leave it. */
function Onward({ words, practice, story: { payment } }: Omit<StateProps, 'lead'>) {
  const bill = payment.bills.length === 1 ? payment.bills[0] : undefined
  return (
    <>
      <div class="act">
        <ButtonLink href={paths.newPayment(practice.slug, bill)} kind="primary" block>
          {words.t('payment.again')}
        </ButtonLink>
      </div>
      <ButtonLink href={paths.bills(practice.slug)} kind="quiet">
        {words.t('payment.backToBills')}
      </ButtonLink>
    </>
  )
}
