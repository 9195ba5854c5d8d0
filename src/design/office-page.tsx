import type { ComponentChildren } from 'preact'
import { paths } from '../kernel/paths.ts'
import { BrandMark } from './brand-mark.tsx'
import { Document } from './document.tsx'
import { PostForm } from './form.tsx'
import type { OfficeFrame } from './frame.ts'
import { Icon, type IconName } from './icons.tsx'
import { Name } from './name.tsx'
import type { OfficeKey } from './words.ts'

export type OfficePlace = 'transactions' | 'patients' | 'letters'

const PLACES: readonly {
  place: OfficePlace
  word: OfficeKey
  icon: IconName
  href: (practice: string) => string
}[] = [
  {
    place: 'transactions',
    word: 'office.nav.transactions',
    icon: 'arrow-left-right',
    href: practice => paths.office.transactions(practice),
  },
  { place: 'patients', word: 'office.nav.patients', icon: 'users', href: practice => paths.office.patients(practice) },
  { place: 'letters', word: 'office.nav.letters', icon: 'mail', href: practice => paths.office.letters(practice) },
]

type OfficePageProps = { frame: OfficeFrame; title: string; place: OfficePlace; children: ComponentChildren }

/** A page of the practice's staff: the same house, set tighter, with a dark rail. */
export function OfficePage({ frame, title, place, children }: OfficePageProps) {
  const { words, practice, assets, staff, csrf } = frame
  return (
    <Document
      lang="en"
      title={`${title} · ${practice.name}`}
      assets={assets}
      practice={practice.slug}
      bodyClass="office"
    >
      <a class="skip" href="#page">
        {words.t('office.skip')}
      </a>
      <div class="portal">
        <header class="rail">
          <BrandMark
            href={paths.office.transactions(practice.slug)}
            name={practice.name}
            under={words.t('office.name')}
          />
          <nav class="nav" aria-label={words.t('office.nav')}>
            {PLACES.map(({ place: at, word, icon, href }) => (
              <a key={at} href={href(practice.slug)} aria-current={at === place ? 'page' : undefined}>
                <Icon name={icon} />
                {words.t(word)}
              </a>
            ))}
          </nav>
          <div class="foot">
            <span>
              <Name>{staff.name}</Name>, {words.t('office.role', { role: staff.role }).toLowerCase()}
            </span>
            <span>{words.t('office.posting', { posting: practice.posting })}</span>
            <PostForm action={paths.office.signOut(practice.slug)} csrf={csrf}>
              <button class="button quiet small" type="submit">
                <Icon name="log-out" /> {words.t('office.signOut')}
              </button>
            </PostForm>
          </div>
        </header>
        <main class="page" id="page" tabindex={-1}>
          {children}
        </main>
      </div>
    </Document>
  )
}
