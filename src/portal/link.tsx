import { BarePage } from '../design/bare-page.tsx'
import { Button, ButtonLink } from '../design/button.tsx'
import { PhoneHelp } from '../design/error-page.tsx'
import { PostForm } from '../design/form.tsx'
import { askLinkAgain, findLink, type Link, spendLink } from '../identity/links.ts'
import { wholePractice } from '../kernel/actor.ts'
import { paths, safeNext } from '../kernel/paths.ts'
import { transact } from '../platform/database.ts'
import { page, seeOther } from '../web/answers.ts'
import { type DoorGet, doorGet, doorPost, type Route } from '../web/route.ts'
import { handSession } from '../web/session.ts'

type LinkContext = DoorGet<'/:practice/link/:token'>

/** A link from a mail: looking at it changes nothing, its one button spends it. */
export const linkRoutes: Route[] = [
  doorGet({ path: '/:practice/link/:token', room: 'identity', audit: null }, async context => {
    const link = await lookAt(context)
    return page(
      link?.state === 'open' ? <OpenPage context={context} link={link} /> : <GonePage context={context} link={link} />,
    )
  }),
  doorPost(
    { path: '/:practice/link/:token', room: 'identity', audit: 'link.spend', limit: 'door', csrf: false, form: {} },
    async ({ app, http, practice, settings, records }) => {
      const { cookie, destination } = await spendLink(app, practice.id, records.token)
      await handSession(app, http, practice.id, cookie)
      return seeOther(safeNext(practice.slug, destination ?? undefined) ?? landingOf(practice, settings))
    },
    async context => <GonePage context={context} link={await lookAt(context)} />,
  ),
  doorPost(
    { path: '/:practice/link/:token/again', room: 'identity', audit: 'link.ask', limit: 'door', csrf: false, form: {} },
    async context => {
      const { app, practice, records, words, frame, asker } = context
      await askLinkAgain(app, practice.id, records.token, asker)
      return page(
        <BarePage
          frame={frame}
          title={words.t('link.sent.title')}
          foot={<PhoneHelp words={words} phone={practice.phone} />}
        >
          <section class="card pad stack">
            <h1>{words.t('link.sent.title')}</h1>
            <p>{words.t('link.sent.lead')}</p>
          </section>
        </BarePage>,
      )
    },
  ),
]

async function lookAt({ app, practice, records }: LinkContext): Promise<Link | undefined> {
  return transact(app.db, wholePractice(practice.id), tx => findLink(tx, practice.id, records.token, 'access'))
}

/** Where this practice wants its patients to arrive. */
function landingOf({ slug }: LinkContext['practice'], { landing }: LinkContext['settings']): string {
  return landing === 'home' ? paths.home(slug) : paths.bills(slug)
}

function OpenPage({ context, link }: { context: LinkContext; link: Link }) {
  const { words, practice, settings, frame, records } = context
  const button = link.destination?.includes('/bills/')
    ? 'link.button.bill'
    : settings.landing === 'home'
      ? 'link.button.home'
      : 'link.button'
  return (
    <BarePage frame={frame} title={words.t('link.title')}>
      <section class="card pad stack">
        <h1>{words.t('link.title')}</h1>
        <p class="muted">{words.t('link.lead', { practice: practice.name })}</p>
        <PostForm action={paths.link(practice.slug, records.token)}>
          <Button kind="primary" block>
            {words.t(button)}
          </Button>
        </PostForm>
      </section>
    </BarePage>
  )
}

function GonePage({ context, link }: { context: LinkContext; link: Link | undefined }) {
  return context.signedIn.patient ? <SignedInPage context={context} /> : <AskAgainPage context={context} link={link} />
}

/** Whoever is signed in needs no link, and no new one. */
function SignedInPage({ context: { words, practice, settings, frame } }: { context: LinkContext }) {
  return (
    <BarePage
      frame={frame}
      title={words.t('link.signedIn.title')}
      foot={<PhoneHelp words={words} phone={practice.phone} />}
    >
      <section class="card pad stack">
        <h1>{words.t('link.signedIn.title')}</h1>
        <p>{words.t('link.signedIn.lead')}</p>
        <ButtonLink href={landingOf(practice, settings)} kind="primary" block>
          {words.t(settings.landing === 'home' ? 'link.button.home' : 'link.button')}
        </ButtonLink>
      </section>
    </BarePage>
  )
}

function AskAgainPage({ context, link }: { context: LinkContext; link: Link | undefined }) {
  const { words, practice, frame, records } = context
  return (
    <BarePage
      frame={frame}
      title={words.t('link.gone.title')}
      foot={<PhoneHelp words={words} phone={practice.phone} />}
    >
      <section class="card pad stack">
        <h1>{words.t('link.gone.title')}</h1>
        <p>{words.t(link ? 'link.gone.lead' : 'link.unknown.lead')}</p>
        {link ? (
          <PostForm action={paths.linkAgain(practice.slug, records.token)}>
            <Button kind="primary" block>
              {words.t('link.gone.button')}
            </Button>
          </PostForm>
        ) : (
          <ButtonLink href={paths.door(practice.slug)} kind="primary" block>
            {words.t('link.unknown.button')}
          </ButtonLink>
        )}
      </section>
    </BarePage>
  )
}
