import fc from 'fast-check'
import { expect, test } from 'vitest'
import { forTerminal, isolated, oneLine, shortened } from './texts.ts'

test('a text of others is one line without characters of control', () => {
  expect(oneLine(' Line one\r\nLine two\tTabbed \u0007bell \u2028')).toBe('Line one Line two Tabbed bell')
  expect(oneLine('\u001b[2J\u001b[31mRed')).toBe('[2J [31mRed')
})

test('a long text is cut between characters, and says so', () => {
  expect(shortened('a'.repeat(300), 300)).toBe('a'.repeat(300))
  expect(shortened('a'.repeat(301), 300)).toBe(`${'a'.repeat(299)}…`)
  expect(shortened('😀'.repeat(300), 300)).toBe('😀'.repeat(300))
  expect(shortened('😀'.repeat(301), 300)).toBe(`${'😀'.repeat(299)}…`)
})

test.each([
  ['plain', 'plain'],
  ['\u202egnp.exe', '\u2068\u202egnp.exe\u202c\u2069'],
  ['\u202egnp.exe\u202c', '\u2068\u202egnp.exe\u202c\u2069'],
  ['a\u2069b\u202c', '\u2068ab\u2069'],
  ['\u2067a\u202eb', '\u2068\u2067a\u202eb\u202c\u2069\u2069'],
  ['\u2068name\u2069', '\u2068name\u2069'],
  ['\u2068a\u2069b\u2068c\u2069', '\u2068\u2068a\u2069b\u2068c\u2069\u2069'],
])('marks of direction end with their text (%#)', (text, kept) => expect(isolated(text)).toBe(kept))

test('an isolated text closes all that it opens, whatever it holds, and isolating it again changes nothing', () => {
  const marks = [...'ab\u05d0\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069']
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...marks)), characters => {
      const once = isolated(characters.join(''))
      expect(isolated(once)).toBe(once)
      const open: string[] = []
      for (const mark of once) {
        if ('\u2066\u2067\u2068'.includes(mark)) open.push('\u2069')
        else if ('\u202a\u202b\u202d\u202e'.includes(mark)) open.push('\u202c')
        else if ('\u202c\u2069'.includes(mark)) expect(open.pop()).toBe(mark)
      }
      expect(open).toEqual([])
    }),
  )
})

test('nothing steers a terminal', () => {
  expect(forTerminal('urn:x:\u001b[2J\u009b31m\u202eAll\ngood\u0007')).toBe(
    'urn:x:\\u001b[2J\\u009b31m\\u202eAll\\u000agood\\u0007',
  )
  expect(forTerminal('Иванова 検査 😀 é')).toBe('Иванова 検査 😀 é')
})
