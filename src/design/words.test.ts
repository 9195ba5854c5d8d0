import { globSync } from 'node:fs'
import { IntlMessageFormat } from 'intl-messageformat'
import { expect, test } from 'vitest'
import { floors } from '../main/floors.ts'
import { en, es, office, rooms } from './catalogs.ts'
import { officeWords, wordsFor } from './words.ts'

type Node = { type: number; value?: string; options?: Record<string, { value: Node[] }>; children?: Node[] }

/** The placeholders of a message, each once, in the order of the alphabet. */
function placeholders(message: string): string[] {
  const names = new Set<string>()
  const walk = (nodes: Node[]) => {
    for (const node of nodes) {
      if (node.type !== 0 && node.type !== 7 && node.value) names.add(node.value)
      for (const option of Object.values(node.options ?? {})) walk(option.value)
    }
  }
  walk(new IntlMessageFormat(message, 'en', undefined, { ignoreTag: true }).getAst() as Node[])
  return [...names].sort()
}

/** What is rightly the same in both languages. */
const SAME = new Set(['bill.pdf'])

const spanish: Record<string, string> = es

const keysOf = (catalog: Readonly<Record<string, object>>) =>
  Object.fromEntries(Object.entries(catalog).map(([room, messages]) => [room, Object.keys(messages).sort()]))

test('Spanish has the keys of English, no more and no fewer, in a file of the same room', () => {
  expect(keysOf(rooms.es)).toEqual(keysOf(rooms.en))
})

test('a key stands in one file, which a room of src has its name from', () => {
  for (const [name, catalog] of Object.entries(rooms)) {
    const keys = Object.values(keysOf(catalog)).flat()
    expect(
      keys.filter((key, n) => keys.indexOf(key) !== n),
      name,
    ).toEqual([])
    expect(
      Object.keys(catalog).filter(room => !floors.flat().includes(room)),
      name,
    ).toEqual([])
  }
  const files = globSync('words/**/*.json').map(path => path.slice('words/'.length, -'.json'.length))
  const composed = Object.entries(rooms).flatMap(([name, catalog]) =>
    Object.keys(catalog).map(room => `${name}/${room}`),
  )
  expect(files.sort()).toEqual(composed.sort())
})

test('every message compiles, and its translation has the same placeholders', () => {
  for (const [key, message] of Object.entries(en))
    expect([key, placeholders(spanish[key] ?? '')]).toEqual([key, placeholders(message)])
  for (const message of Object.values(office)) placeholders(message)
})

test('no Spanish text is the English one, a short list excepted', () => {
  const same = Object.entries(en).filter(([key, message]) => spanish[key] === message && !SAME.has(key))
  expect(same).toEqual([])
})

test('no text shouts, and none is empty', () => {
  for (const message of [...Object.values(en), ...Object.values(es), ...Object.values(office)]) {
    expect(message.trim()).toBe(message)
    expect(message).not.toMatch(/[!¡]|^$/)
  }
})

const day = (text: string) => Temporal.PlainDate.from(text)
const today = day('2026-11-21')
const words = wordsFor('en')

test('money is written with its symbol, groups and a real minus sign', () => {
  expect(words.money(18500n)).toBe('$185.00')
  expect(words.money(-123456n)).toBe('−$1,234.56')
  expect(words.moneyParts(99_999_999_999_999_901n).digits).toBe('999,999,999,999,999.01')
  expect(wordsFor('es').money(123456n)).toBe('$1,234.56')
})

test('a due day is said as people say it', () => {
  const due = (text: string) => words.relativeDue(day(text), today)
  expect(due('2026-11-21')).toBe('Due today')
  expect(due('2026-11-22')).toBe('Due tomorrow')
  expect(due('2026-11-23')).toBe('Due in 2 days')
  expect(due('2026-12-05')).toBe('Due Dec 5')
  expect(due('2027-01-05')).toBe('Due Jan 5, 2027')
  expect(due('2026-11-02')).toBe('Was due Nov 2')
  expect(wordsFor('es').relativeDue(day('2026-11-23'), today)).toBe('Vence en 2 días')
})

test('days and times are written for the practice’s zone', () => {
  const at = Temporal.Instant.from('2026-11-22T03:41:00Z')
  expect(words.day(day('2026-11-14'))).toBe('Nov 14')
  expect(words.time(at, 'America/Chicago')).toBe('9:41 PM')
  expect(words.dateTime(at, 'America/Chicago')).toBe('Nov 21, 2026 at 9:41 PM')
  expect(wordsFor('es').dayOfWeek(today)).toBe('Sábado, 21 de noviembre')
})

test('a sentence takes cents and days as they are, and elements as values', () => {
  expect(words.t('home.next', { amount: 18500n, day: day('2026-12-05') })).toBe('Next: $185.00 due December 5.')
  expect(words.t('payments.for.bills', { count: 1 })).toBe('1 bill')
  const element = { an: 'element' }
  expect(words.rich('pay.button', { amount: element })).toEqual(['Pay ', element])
  expect(words.rich('pay.title', {})).toEqual(['Pay'])
  expect(words.has('refusal.amount.invalid')).toBe(true)
  expect(words.has('refusal.toString')).toBe(false)
  expect(officeWords().t('office.posting', { posting: 'manual' })).toBe('Posting by hand')
})
