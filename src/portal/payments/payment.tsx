import { Notice } from '../../design/notice.tsx'
import { PageHead } from '../../design/page-head.tsx'
import { PortalPage } from '../../design/portal-page.tsx'
import type { Words } from '../../design/words.ts'
import type { PaymentStory } from '../../documents/payment-story.ts'
import { dayIn } from '../../kernel/dates.ts'
import { paths } from '../../kernel/paths.ts'
import { Declined, ForThePayer, type PaymentPageProps, Waiting } from './payment-ends.tsx'
import { FactsCard, Where } from './payment-parts.tsx'
import { isWaiting } from './state.ts'

/** What became of a payment: true and clear for each state, with what to do about it. */
export function PaymentPage(props: PaymentPageProps) {
  const { frame, practice, story } = props
  const { words } = frame
  const { state } = story
  const title = titleOf(words, story)
  const lead = leadOf(props)
  const open = state === 'action' || state === 'hosted'
  const ended = state === 'failed' || state === 'canceled'
  return (
    <PortalPage frame={frame} title={title} place="payments" task={open || ended}>
      <PageHead
        back={{ href: paths.payments(practice.slug), label: words.t('payment.back') }}
        title={title}
        under={ended || open || isWaiting(state) ? undefined : lead}
      />
      <SentBack {...props} />
      <div class="columns form-aside">
        <div class="stack-l">
          {isWaiting(state) && <Waiting words={words} practice={practice} story={story} lead={lead} />}
          {open && <ForThePayer frame={frame} practice={practice} story={story} lead={lead} />}
          {state === 'failed' && <Declined words={words} practice={practice} story={story} lead={lead} />}
          <Where {...props} />
        </div>
        <aside class={story.payment.status === 'succeeded' ? 'first' : undefined}>
          <FactsCard {...props} />
        </aside>
      </div>
    </PortalPage>
  )
}

function titleOf({ t }: Words, { payment: { amount }, state }: PaymentStory): string {
  return t(`payment.title.${state}`, { amount })
}

/** The sentence below the title; a payment just made thanks, a past one says when. */
function leadOf({ frame: { words }, practice, actor, now, story }: PaymentPageProps): string | undefined {
  const { payment, state } = story
  const { amount } = payment
  if (state === 'refunded') return undefined
  if (state !== 'succeeded') return words.t(`payment.lead.${state}`, { amount, practice: practice.name })
  const at = payment.receivedAt ?? payment.createdAt
  const justMade = payment.login === actor.login && now.since(at).total('minutes') < 10
  if (justMade) return words.t('payment.lead.succeeded', { email: actor.email })
  const when = words.relativePast(dayIn(practice.timeZone, at), dayIn(practice.timeZone, now))
  return words.t('payment.lead.past', { when })
}

/** Money that went back, sentences apart. */
function SentBack({ frame: { words }, practice, now, story: { refunds, disputes } }: PaymentPageProps) {
  const today = dayIn(practice.timeZone, now)
  return (
    <>
      {refunds
        .filter(refund => refund.status !== 'failed')
        .map(({ id, amount, status, finishedAt }) => (
          <Notice key={id} icon="rotate-ccw">
            {status === 'succeeded' && finishedAt
              ? words.t('payment.refunded', {
                  amount,
                  when: words.relativePast(dayIn(practice.timeZone, finishedAt), today),
                })
              : words.t('payment.refunding', { amount })}
          </Notice>
        ))}
      {disputes
        .filter(dispute => dispute.status !== 'open')
        .map(({ id, amount, status }) => (
          <Notice key={id} icon="landmark">
            {words.t(status === 'won' ? 'story.dispute.won' : 'story.dispute.lost', { amount })}
          </Notice>
        ))}
    </>
  )
}
