import type { ComponentChildren } from 'preact'
import { paths } from '../kernel/paths.ts'
import { BarePage } from './bare-page.tsx'
import { ButtonLink } from './button.tsx'
import type { Frame } from './frame.ts'
import type { WordKey } from './words.ts'

export type ErrorStatus = 400 | 403 | 404 | 409 | 413 | 422 | 429 | 500 | 503

type ErrorPageProps = {
  frame: Frame
  status: ErrorStatus
  /** The sentence of the refusal, where there is one; else the status has its own. */
  sentence?: string | undefined
  /** Shown for 500, so that a person who calls can name it. */
  requestId?: string | undefined
  children?: ComponentChildren
}

/** What happened, that nothing was lost, and what to do. Unknown and forbidden read the same. */
export function ErrorPage({ frame, status, sentence, requestId, children }: ErrorPageProps) {
  const { words, practice } = frame
  const title = words.t(`error.what.${status}` satisfies WordKey)
  return (
    <BarePage frame={frame} title={title} foot={<Help frame={frame} requestId={requestId} />}>
      <section class="card pad stack">
        <h1>{title}</h1>
        <p>{sentence ?? words.t(`error.lead.${status}` satisfies WordKey)}</p>
        {children}
        <ButtonLink href={practice ? paths.door(practice.slug) : paths.practices()} block>
          {words.t('error.door')}
        </ButtonLink>
      </section>
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
