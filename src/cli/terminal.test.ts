import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeWorld, type World } from '../../test/support/world.ts'
import { importFiles } from './import.ts'
import { printAll, terminalIo } from './terminal.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
})
afterAll(() => world.end())

function capture(json: boolean) {
  const written: string[] = []
  const stream = { write: (text: string) => written.push(text) }
  return { io: terminalIo(json, stream, stream), text: () => written.join('') }
}

test.each([false, true])('what a file holds is shown harmlessly (JSON: %s)', async json => {
  const { io, text } = capture(json)
  const files = ['test/data/cases/e1-esc-fullurl.json', 'test/data/cases/b12-name-ansi.json']
  await importFiles(world.app, { files, practice: json ? 'harbor' : 'riverside', openSince: undefined }, io)
  expect(text()).toContain('urn:x:\\u001b[2J\\u001b[31mAll good')
  expect(text().replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
  const [claim] = JSON.parse(readFileSync('test/data/cases/e1-esc-fullurl.json', 'utf8')).entry.slice(1)
  if (json) expect(JSON.parse(text()).files[0].held[0].claim).toBe(claim.fullUrl)
})

test('a line of data is one line, whatever it holds; our own lines stay apart', () => {
  const { io, text } = capture(false)
  io.print('held: a\nfile.json: taken.\u009b31m')
  printAll(io.warn, 'one\ntwo')
  expect(text()).toBe('held: a\\u000afile.json: taken.\\u009b31m\none\ntwo\n')
})
