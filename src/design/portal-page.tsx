import type { ComponentChildren } from 'preact'
import { paths } from '../kernel/paths.ts'
import { BrandMark } from './brand-mark.tsx'
import { Document } from './document.tsx'
import { PostForm } from './form.tsx'
import type { Island, PersonFrame } from './frame.ts'
import { Icon, type IconName } from './icons.tsx'
import { initials, Name } from './name.tsx'
import type { WordKey } from './words.ts'

export type Place = 'home' | 'bills' | 'payments' | 'cards'

const PLACES: readonly { place: Place; word: WordKey; icon: IconName; href: (practice: string) => string }[] = [
  { place: 'home', word: 'nav.home', icon: 'house', href: paths.home },
  { place: 'bills', word: 'nav.bills', icon: 'receipt-text', href: practice => paths.bills(practice) },
  { place: 'payments', word: 'nav.payments', icon: 'banknote', href: practice => paths.payments(practice) },
  { place: 'cards', word: 'nav.cards', icon: 'credit-card', href: paths.methods },
]

type PortalPageProps = {
  frame: PersonFrame
  title: string
  /** Absent where the page is none of them. */
  place?: Place
  /** A page with one thing to do: on a phone the bottom bar gives its place to the button in `.act`. */
  task?: boolean
  islands?: readonly Island[]
  children: ComponentChildren
}

/** A page of a signed-in person: rail on the left, on a phone a bar at the bottom. */
export function PortalPage({ frame, title, place, task, islands = [], children }: PortalPageProps) {
  const { words, practice, assets } = frame
  return (
    <Document
      lang={words.locale}
      title={`${title} · ${practice.name}`}
      assets={assets}
      practice={practice.slug}
      islands={islands}
      bodyClass={task ? 'task' : undefined}
    >
      <a class="skip" href="#page">
        {words.t('nav.skip')}
      </a>
      <div class="portal">
        <header class="rail">
          <BrandMark href={paths.home(practice.slug)} name={practice.name} />
          <nav class="nav" aria-label={words.t('nav.main')}>
            {PLACES.map(({ place: at, word, icon, href }) => (
              <a key={at} href={href(practice.slug)} aria-current={at === place ? 'page' : undefined}>
                <Icon name={icon} />
                {words.t(word)}
              </a>
            ))}
          </nav>
          <Me frame={frame} />
        </header>
        <main class="page" id="page" tabindex={-1}>
          {children}
        </main>
      </div>
    </Document>
  )
}

/** Who is signed in, with language and sign-out. */
function Me({ frame: { words, practice, person, csrf, path } }: { frame: PersonFrame }) {
  const other = words.locale === 'en' ? 'es' : 'en'
  return (
    <details class="me">
      <summary>
        <span class="avatar" aria-hidden="true">
          {initials(person.name)}
        </span>
        <span class="me-name">
          <Name>{person.name}</Name>
          <span class="muted"> {words.t('me.menu')}</span>
        </span>
      </summary>
      <div class="me-menu">
        <PostForm action={paths.language(practice.slug)} csrf={csrf} hidden={{ locale: other, next: path }}>
          <button class="button quiet small" type="submit" lang={other}>
            <Icon name="languages" /> {words.t('me.language')}
          </button>
        </PostForm>
        <PostForm action={paths.signOut(practice.slug)} csrf={csrf}>
          <button class="button quiet small" type="submit">
            <Icon name="log-out" /> {words.t('me.signOut')}
          </button>
        </PostForm>
      </div>
    </details>
  )
}
