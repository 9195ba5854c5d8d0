import type { ComponentChildren } from 'preact'
import { paths } from '../kernel/paths.ts'
import { BrandMark } from './brand-mark.tsx'
import { Document } from './document.tsx'
import { PostForm } from './form.tsx'
import type { Frame } from './frame.ts'

type BarePageProps = {
  frame: Frame
  title: string
  /** Room for a list of practices or mails instead of one small form. */
  wide?: boolean
  index?: boolean
  /** The page is in one language alone: the office's. */
  oneLanguage?: boolean
  /** Below the card: help and small links. */
  foot?: ComponentChildren
  children: ComponentChildren
}

/** One card in the middle: the door, a link, an error, the practice list. Nothing to navigate. */
export function BarePage({ frame, title, wide, index, oneLanguage, foot, children }: BarePageProps) {
  const { words, practice, assets, demo } = frame
  return (
    <Document
      lang={words.locale}
      title={practice ? `${title} · ${practice.name}` : title}
      assets={assets}
      practice={practice?.slug}
      index={index ?? false}
    >
      <main class={wide ? 'bare wide' : 'bare'} id="page">
        <div class="stack bare-column">
          <div class="row spread">
            <BrandMark
              href={practice ? paths.door(practice.slug) : paths.practices()}
              name={practice?.name ?? 'Portico'}
            />
            {practice && !oneLanguage && <Language frame={frame} practice={practice.slug} />}
          </div>
          {children}
          {foot && <div class="small muted stack-s">{foot}</div>}
          {demo && <p class="small muted demo">{words.t('demo.banner')}</p>}
        </div>
      </main>
    </Document>
  )
}

/** The other language, one press away, before anyone is signed in. */
function Language({ frame: { words, csrf, path }, practice }: { frame: Frame; practice: string }) {
  const other = words.locale === 'en' ? 'es' : 'en'
  return (
    <PostForm action={paths.language(practice)} csrf={csrf} hidden={{ locale: other, next: path }}>
      <button class="button quiet small" type="submit" lang={other}>
        {words.t('me.language')}
      </button>
    </PostForm>
  )
}
