import type { Context } from 'hono'
import type { Assets, Frame, OfficeFrame, PersonFrame, PracticeFrame } from '../../design/frame.ts'
import { officeWords, wordsFor } from '../../design/words.ts'
import { csrfToken } from '../../identity/sessions.ts'
import type { PatientActor, StaffActor } from '../../kernel/actor.ts'
import type { Locale } from '../../kernel/locale.ts'
import type { Practice } from '../../practice/practices.ts'
import type { Settings } from '../../practice/settings.ts'
import type { WebApp } from '../route.ts'
import { doorToken } from '../session.ts'

const faceOf = ({ slug, name, phone }: Practice) => ({ slug, name, phone })

/** The page's own address, to come back to. */
export function pathOf(http: Context): string {
  if (!URL.canParse(http.req.url)) return '/'
  const url = new URL(http.req.url)
  return `${url.pathname}${url.search}`
}

export function plainFrame(app: WebApp, assets: Assets, http: Context, locale: Locale): Frame {
  return { words: wordsFor(locale), assets, path: pathOf(http), demo: app.config.mode === 'demo' }
}

export function doorFrame(
  app: WebApp,
  assets: Assets,
  http: Context,
  practice: Practice,
  locale: Locale,
  session: string | undefined,
): PracticeFrame {
  return {
    ...plainFrame(app, assets, http, locale),
    csrf: session ? csrfToken(app, session) : doorToken(app, http),
    practice: faceOf(practice),
  }
}

export function personFrame(
  app: WebApp,
  assets: Assets,
  http: Context,
  practice: Practice,
  locale: Locale,
  actor: PatientActor,
): PersonFrame {
  return {
    ...plainFrame(app, assets, http, locale),
    csrf: csrfToken(app, actor.session),
    practice: faceOf(practice),
    person: { name: actor.name },
  }
}

export function staffFrame(
  app: WebApp,
  assets: Assets,
  practice: Practice,
  settings: Settings,
  actor: StaffActor,
): OfficeFrame {
  return {
    words: officeWords(),
    assets,
    demo: app.config.mode === 'demo',
    csrf: csrfToken(app, actor.session),
    practice: { ...faceOf(practice), posting: settings.posting },
    staff: { name: actor.name, role: actor.role },
  }
}
