import { renderToString } from 'preact-render-to-string'
import type { Words } from './words.ts'

export type Mail = { subject: string; html: string; text: string }

export type MailContent = {
  words: Words
  practice: { name: string; phone: string | null; brand: string }
  subject: string
  title: string
  paragraphs: readonly string[]
  /** Names and values below the paragraphs: where a payment went. */
  facts?: readonly { name: string; value: string }[]
  /** A whole address, the practice's own origin before it. */
  button?: { label: string; href: string }
  /** After the button, in small type. */
  closing?: readonly string[]
  /** A code to type, set large above the paragraphs. */
  code?: string
}

// Mail clients know no style sheets of ours: styles stand inline here, and only here.
const FONT = "'Atkinson Hyperlegible Next','Segoe UI',Helvetica,Arial,sans-serif"
const BODY = `margin:0;padding:24px 16px;background:#faf9f6;color:#1b242b;font:17px/1.55 ${FONT}`
const COLUMN = 'max-width:520px;margin:0 auto'
const CARD = 'background:#ffffff;border:1px solid #e3e0da;border-radius:12px;padding:28px 24px;margin:16px 0'
const TITLE = 'margin:0 0 12px;font-size:24px;line-height:1.25;font-weight:650'
const PARAGRAPH = 'margin:0 0 16px'
const SMALL = 'margin:0 0 10px;font-size:14px;color:#545d64'
const LINK = 'color:#545d64;word-break:break-all'
const CODE = 'margin:0 0 16px;font-size:32px;letter-spacing:6px;font-weight:650'
const FACTS = 'margin:0 0 20px;padding:12px 0;border:solid #e3e0da;border-width:1px 0'
const FACT = 'margin:0'

/** One mail, as a page that mail clients show well and as its plain-text twin with the same words. */
export function renderMail(content: MailContent): Mail {
  return {
    subject: content.subject,
    html: `<!DOCTYPE html>${renderToString(<MailPage content={content} />)}`,
    text: textOf(content),
  }
}

function footerOf({ words, practice }: MailContent): string {
  return practice.phone
    ? words.t('mail.footer', { practice: practice.name, phone: practice.phone })
    : words.t('mail.footer.plain', { practice: practice.name })
}

function MailPage({ content }: { content: MailContent }) {
  const { words, practice, title, paragraphs, facts = [], button, closing = [], code } = content
  const brand = { name: `margin:0;font-weight:650;color:${practice.brand}`, button: buttonStyle(practice.brand) }
  return (
    <html lang={words.locale}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light only" />
        <title>{content.subject}</title>
      </head>
      <body style={BODY}>
        <div style={COLUMN}>
          <p style={brand.name}>{practice.name}</p>
          <div style={CARD}>
            <h1 style={TITLE}>{title}</h1>
            {code && <p style={CODE}>{code}</p>}
            {paragraphs.map(paragraph => (
              <p key={paragraph} style={PARAGRAPH}>
                {paragraph}
              </p>
            ))}
            {facts.length > 0 && (
              <div style={FACTS}>
                {facts.map(({ name, value }) => (
                  <p key={name} style={FACT}>
                    {name}: <strong>{value}</strong>
                  </p>
                ))}
              </div>
            )}
            {button && (
              <>
                <p style="margin:8px 0 20px">
                  <a href={button.href} style={brand.button}>
                    {button.label}
                  </a>
                </p>
                <p style={SMALL}>
                  {words.t('mail.button.fallback')}{' '}
                  <a href={button.href} style={LINK}>
                    {button.href}
                  </a>
                </p>
              </>
            )}
            {closing.map(line => (
              <p key={line} style={SMALL}>
                {line}
              </p>
            ))}
          </div>
          <p style={SMALL}>{footerOf(content)}</p>
        </div>
      </body>
    </html>
  )
}

function buttonStyle(brand: string): string {
  return `display:inline-block;padding:13px 24px;border-radius:8px;background:${brand};color:#ffffff;font-weight:650;text-decoration:none`
}

function textOf(content: MailContent): string {
  const { title, paragraphs, facts = [], button, closing = [], code = '' } = content
  const blocks = [
    title,
    code,
    ...paragraphs,
    facts.map(({ name, value }) => `${name}: ${value}`).join('\n'),
    button ? `${button.label}:\n${button.href}` : '',
    ...closing,
    `-- \n${content.practice.name}\n${footerOf(content)}`,
  ]
  return `${blocks.filter(Boolean).join('\n\n')}\n`
}
