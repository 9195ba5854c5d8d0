import { renderToString } from 'preact-render-to-string'
import { expect, test } from 'vitest'
import { renderPage } from './document.tsx'
import { ErrorPage, type ErrorStatus } from './error-page.tsx'
import { Field } from './field.tsx'
import type { PersonFrame } from './frame.ts'
import { renderMail } from './mail.tsx'
import { initials } from './name.tsx'
import { PayButton } from './pay-parts.tsx'
import { PortalPage } from './portal-page.tsx'
import { Table } from './table.tsx'
import { wordsFor } from './words.ts'

const words = wordsFor('en')
const frame: PersonFrame = {
  words,
  assets: { css: '/assets/portico.css', fonts: ['/assets/a.woff2'], island: name => `/assets/${name}.js` },
  path: '/riverside/home',
  demo: true,
  csrf: 'token',
  practice: { slug: 'riverside', name: 'Riverside Family Medicine', phone: '(555) 010-4410' },
  person: { name: 'Maria <Ortega>' },
}

test('a page names its language, title and place, escapes what people typed, and has nothing inline', () => {
  const page = renderPage(
    <PortalPage frame={frame} title="Bills" place="bills" islands={['pay-amount']}>
      <h1>Bills</h1>
    </PortalPage>,
  )
  expect(page).toMatch(/^<!DOCTYPE html><html lang="en" dir="ltr">/)
  expect(page).toContain('<title>Bills · Riverside Family Medicine</title>')
  expect(page).toContain('href="/riverside/brand.css"')
  expect(page).toContain('href="/riverside/bills" aria-current="page"')
  expect(page).toContain('<bdi>Maria &lt;Ortega></bdi>')
  expect(page).not.toMatch(/ style=|<style| on\w+=|<script(?! type="module" src=)/)
})

test('every error says what happened and leads somewhere, in both languages', () => {
  const statuses: ErrorStatus[] = [400, 403, 404, 409, 413, 422, 429, 500, 503]
  for (const status of statuses)
    for (const locale of ['en', 'es'] as const) {
      const own = wordsFor(locale)
      const page = renderPage(<ErrorPage frame={{ ...frame, words: own }} status={status} requestId="req_1" />)
      expect(page).toContain(`<h1>${own.t(`error.what.${status}`)}</h1>`)
      expect(page).toContain('href="/riverside"')
      expect(page).toContain('req_1')
    }
})

test('a field with an error says so to everyone, keeps what was typed, and takes the focus', () => {
  const field = renderToString(<Field label="Email" name="email" value="maria" hint="Yours" error="Type it whole." />)
  expect(field).toContain('aria-invalid="true"')
  expect(field).toContain('aria-describedby="email-error email-hint"')
  expect(field).toContain('value="maria"')
  expect(field).toContain('autofocus')
})

test('a table has a caption, heads with scope, and names its rows', () => {
  const columns = [
    { head: 'For', rowHead: true, cell: (row: string) => row },
    { head: 'To pay', num: true, cell: () => '$1.00' },
  ]
  const table = renderToString(<Table caption="Bills" columns={columns} rows={['Visit']} keyOf={row => row} />)
  expect(table).toContain('<caption class="hidden">Bills</caption>')
  expect(table).toContain('<th scope="col" class="num">To pay</th>')
  expect(table).toContain('<th scope="row">Visit</th>')
})

test('the pay button names what it charges, after credit', () => {
  const text = (button: string) => button.replace(/<span[^>]* hidden.*?<\/span><\/span>/g, '').replace(/<[^>]*>/g, '')
  expect(text(renderToString(<PayButton words={words} amount={18500n} credit={2000n} />))).toContain('Pay $165.00')
  expect(text(renderToString(<PayButton words={words} amount={1500n} credit={2000n} />))).toContain(
    'Use $15.00 of credit',
  )
})

test('a mail says the same in HTML and in plain text', () => {
  const mail = renderMail({
    words,
    practice: { name: 'Riverside', phone: null, brand: '#005e5d' },
    subject: 'Your receipt',
    title: 'You paid $185.00',
    paragraphs: ['Thank you, <Maria>.'],
    facts: [{ name: 'Annual physical', value: '$185.00' }],
    button: { label: 'See the receipt', href: 'https://portal.example.org/riverside/payments/pay_1' },
  })
  for (const part of [mail.html, mail.text])
    for (const piece of ['You paid $185.00', 'Annual physical', 'https://portal.example.org/riverside/payments/pay_1'])
      expect(part).toContain(piece)
  expect(mail.html).toContain('&lt;Maria>')
  expect(mail.text).toContain('Thank you, <Maria>.')
})

test('initials come from letters of any script', () => {
  expect(initials('Maria Ortega')).toBe('MO')
  expect(initials('ليو أورتيغا')).toHaveLength(2)
  expect(initials('  4 ')).toBe('')
})
