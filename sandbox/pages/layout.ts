import type { Context } from 'hono'
import { html } from 'hono/html'
import { filled, type Locale, wordsOf } from './words.ts'

export type Html = ReturnType<typeof html>

interface Page {
  locale: Locale
  title: string
  body: Html
  script?: string
  className?: string
}

/** A whole document with the sandbox's own style. */
export function documentOf({ locale, title, body, script, className }: Page): Html {
  return html`<!doctype html>
<html lang="${locale}" class="${className ?? 'page'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/sandbox.css">
${script ? html`<script type="module" src="${script}"></script>` : ''}
</head>
<body>
${body}
</body>
</html>`
}

/** A page that only says something. */
export function notePage(locale: Locale, title: string, text: string, link?: { url: string; name: string }): Html {
  const words = wordsOf(locale)
  const body = html`<main class="sheet">
<h1>${title}</h1>
<p>${text}</p>
${link ? html`<p><a class="button" href="${link.url}">${filled(words.back, { name: link.name })}</a></p>` : ''}
</main>`
  return documentOf({ locale, title, body })
}

/** Pages of this machine, on whatever port: nobody else frames a sandbox. */
const HERE = ['http', 'https']
  .flatMap(scheme => ['localhost', '*.localhost', '127.0.0.1'].map(host => `${scheme}://${host}:*`))
  .join(' ')

interface Policy {
  /** Other origins that a form's answer redirects to. */
  formTargets?: (string | null | undefined)[]
  framed?: boolean
}

/** The strict headers of every page here: nothing inline, and forms go where the page itself leads. */
export function setPolicy(c: Context, { formTargets = [], framed = false }: Policy = {}): void {
  const origins = formTargets.flatMap(url => (url && URL.canParse(url) ? [new URL(url).origin] : []))
  c.header(
    'Content-Security-Policy',
    [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "font-src 'self'",
      'img-src data:',
      "connect-src 'self'",
      "base-uri 'none'",
      `form-action ${[...new Set(["'self'", ...origins])].join(' ')}`,
      `frame-ancestors ${framed ? HERE : "'none'"}`,
    ].join('; '),
  )
  c.header('X-Content-Type-Options', 'nosniff')
  c.header('Referrer-Policy', 'no-referrer')
  c.header('Cache-Control', 'no-store')
}
