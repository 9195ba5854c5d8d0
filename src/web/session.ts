import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { isMaskOf, maskToken } from '../identity/masks.ts'
import { endHeldSession, type IdentityApp, isCsrfToken, SESSION_SECONDS, tokenOf } from '../identity/sessions.ts'
import type { PracticeId } from '../kernel/ids.ts'
import type { Locale } from '../kernel/locale.ts'
import type { App } from '../platform/app.ts'
import { ownSecret } from '../platform/config.ts'

type Needs = Pick<App, 'config'>

function isHttps(app: Needs): boolean {
  return app.config.url.startsWith('https://')
}

function cookieName(app: Needs): string {
  return isHttps(app) ? '__Host-portico' : 'portico'
}

/** The token of the session whose cookie came with a request, if its signature is ours. */
export function readSessionToken(app: Needs, http: Context): string | undefined {
  return tokenOf(app, getCookie(http, cookieName(app)))
}

/** Hands the browser a session of somebody who has just signed in; the one it held ends, whosever it was. */
export async function handSession(app: IdentityApp, http: Context, practice: PracticeId, value: string): Promise<void> {
  const held = readSessionToken(app, http)
  if (held) await endHeldSession(app, practice, held)
  setSessionCookie(app, http, value)
}

function setSessionCookie(app: Needs, http: Context, value: string): void {
  setCookie(http, cookieName(app), value, {
    httpOnly: true,
    secure: isHttps(app),
    sameSite: 'Lax',
    path: '/',
    maxAge: SESSION_SECONDS,
  })
}

export function clearSessionCookie(app: Needs, http: Context): void {
  setCookie(http, cookieName(app), '', { httpOnly: true, secure: isHttps(app), sameSite: 'Lax', path: '/', maxAge: 0 })
}

/** What a door calls this browser: short, and of no use to anybody else. */
export function browserOf(app: Needs, http: Context): string | undefined {
  const value = getCookie(http, `${cookieName(app)}-door`)
  return value && createHash('sha256').update(value).digest('base64url').slice(0, 22)
}

/** Before a session: the token of a sign-in form, tied to the browser that it was made for. */
export function doorToken(app: Needs, http: Context): string {
  return maskToken(doorSecret(app, http))
}

/** Made of a random cookie of the browser's own. */
function doorSecret(app: Needs, http: Context): Buffer {
  const name = `${cookieName(app)}-door`
  let value = getCookie(http, name)
  if (!value || !/^[\w-]{22}$/.test(value)) {
    value = randomBytes(16).toString('base64url')
    setCookie(http, name, value, { httpOnly: true, secure: isHttps(app), sameSite: 'Lax', path: '/', maxAge: 3600 })
  }
  return createHmac('sha256', ownSecret(app.config, 'forms')).update(`door ${value}`).digest()
}

/** Whether a form's `_csrf` is the one this session's, or this browser's, own forms carry. */
export function isOwnForm(app: Needs, http: Context, session: string | undefined, given: string): boolean {
  return session ? isCsrfToken(app, session, given) : isMaskOf(given, doorSecret(app, http))
}

/** The language a visitor reads before they are known: what they chose, what their browser asks for, else the practice's. */
export function readLocale(http: Context, fallback: Locale): Locale {
  const chosen = getCookie(http, 'portico-locale')
  if (chosen === 'en' || chosen === 'es') return chosen
  const asked = http.req
    .header('accept-language')
    ?.split(',')
    .map(part => part.trim().slice(0, 2).toLowerCase())
    .find(part => part === 'en' || part === 'es')
  return asked === 'es' ? 'es' : fallback
}

export function setLocaleCookie(app: Needs, http: Context, locale: Locale): void {
  setCookie(http, 'portico-locale', locale, {
    httpOnly: true,
    secure: isHttps(app),
    sameSite: 'Lax',
    path: '/',
    maxAge: 365 * 86_400,
  })
}
