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
        {assets.icon && <link rel="icon" href={assets.icon} type="image/svg+xml" />}
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
