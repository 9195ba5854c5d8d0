import type { ComponentChildren } from 'preact'
import { paths } from '../kernel/paths.ts'
import { BarePage } from './bare-page.tsx'
import { Button, ButtonLink } from './button.tsx'
import { PostForm } from './form.tsx'
import type { Frame, PersonFrame } from './frame.ts'
import { PortalPage } from './portal-page.tsx'
import type { WordKey } from './words.ts'

export type ErrorStatus = 400 | 403 | 404 | 409 | 413 | 422 | 429 | 500 | 503

type ErrorPageProps = {
  /** Of a person who is signed in here it keeps their navigation. */
  frame: Frame | PersonFrame
  status: ErrorStatus
  /** The sentence of the refusal, where there is one; else the status has its own. */
  sentence?: string | undefined
  /** Shown for 500, so that a person who calls can name it. */
  requestId?: string | undefined
  /** For somebody who is signed in and holds nothing here any more: the way out. */
  signOut?: boolean
  children?: ComponentChildren
}

/** What happened, that nothing was lost, and what to do. Unknown and forbidden read the same. */
export function ErrorPage({ frame, status, sentence, requestId, signOut, children }: ErrorPageProps) {
  const { words, practice, csrf } = frame
  const title = words.t(`error.what.${status}` satisfies WordKey)
  const help = <Help frame={frame} requestId={requestId} />
  const card = (
    <section class="card pad stack measure">
      <h1>{title}</h1>
      <p>{sentence ?? words.t(`error.lead.${status}` satisfies WordKey)}</p>
      {children}
      <ButtonLink href={practice ? paths.door(practice.slug) : paths.practices()} block>
        {words.t('error.door')}
      </ButtonLink>
      {signOut && practice && (
        <PostForm action={paths.signOut(practice.slug)} csrf={csrf}>
          <Button kind="quiet" block>
            {words.t('me.signOut')}
          </Button>
        </PostForm>
      )}
    </section>
  )
  if ('person' in frame)
    return (
      <PortalPage frame={frame} title={title}>
        {card}
        <div class="small muted stack-s">{help}</div>
      </PortalPage>
    )
  return (
    <BarePage frame={frame} title={title} foot={help}>
      {card}
    </BarePage>
  )
}

/** Whom to call; with the request's number where it helps them. */
function Help({ frame: { words, practice }, requestId }: { frame: Frame; requestId: string | undefined }) {
  if (!requestId && !practice?.phone) return null
  return (
    <>
      {practice?.phone && <PhoneHelp words={words} phone={practice.phone} />}
      {requestId && <p>{words.t('error.request', { id: requestId })}</p>}
    </>
  )
}

/** "Need help? Call (555) 010-4410", the number a link. */
export function PhoneHelp({ words, phone }: { words: Frame['words']; phone: string }) {
  return (
    <p>
      {words.t('door.help')}{' '}
      {words.rich('practice.call', { phone: <a href={`tel:${phone.replace(/[^\d+]/g, '')}`}>{phone}</a> })}
    </p>
  )
}
