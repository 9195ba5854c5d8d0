import type { ComponentChildren, VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { paths } from '../kernel/paths.ts'
import type { Assets, Island } from './frame.ts'

type DocumentProps = {
  lang: string
  title: string
  assets: Assets
  /** The practice's slug, for its colour. */
  practice?: string | undefined
  islands?: readonly Island[]
  bodyClass?: string | undefined
  /** Search engines may list the practice list and the doors alone. */
  index?: boolean
  children: ComponentChildren
}

// In the page itself, so that no browser asks for a file; an image may stand inline, script and style may not.
const ICON = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#005e5d"/><path d="M9 23V10h14v13M13 23v-8h6v8" fill="none" stroke="#fff" stroke-width="2.4"/></svg>')}`

/** The outermost shell: head, colour, scripts. Nothing stands inline. */
export function Document(props: DocumentProps) {
  const { lang, title, assets, practice, islands = [], bodyClass, index, children } = props
  return (
    <html lang={lang} dir="ltr">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="color-scheme" content="light dark" />
        <meta name="format-detection" content="telephone=no" />
        {!index && <meta name="robots" content="noindex" />}
        <title>{title}</title>
        {assets.fonts.map(href => (
          <link key={href} rel="preload" href={href} as="font" type="font/woff2" crossorigin="anonymous" />
        ))}
        <link rel="stylesheet" href={assets.css} />
        {practice && <link rel="stylesheet" href={paths.brandCss(practice)} />}
        <link rel="icon" href={ICON} type="image/svg+xml" />
        {islands.map(name => (
          <script key={name} type="module" src={assets.island(name)} />
        ))}
      </head>
      <body class={bodyClass}>{children}</body>
    </html>
  )
}

/** The bytes of a page. */
export function renderPage(page: VNode): string {
  return `<!DOCTYPE html>${renderToString(page)}`
}
