import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { openMailer, pruneMailbox, readMailbox } from './mail.ts'

const folder = mkdtempSync(join(tmpdir(), 'portico-mail-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the mailbox keeps what is young and gives up what is old, and neither reads nor touches what is half written or not its own', async () => {
  const mailer = openMailer(readConfig({ PORTICO_MODE: 'test', PORTICO_DATA: folder }))
  const mail = (subject: string) => ({
    id: 'msg_test',
    to: 'maria.ortega@example.org',
    subject,
    text: 'text',
    html: '<p>text</p>',
  })
  await mailer.send(mail('old'))
  const between = Temporal.Now.instant()
  const [old] = readdirSync(join(folder, 'mailbox'))
  writeFileSync(join(folder, 'mailbox', `.${old}`), 'half')
  writeFileSync(join(folder, 'mailbox', 'notes.json'), 'mine')
  await mailer.send(mail('young'))
  expect((await readMailbox(folder)).map(({ subject }) => subject)).toEqual(['young', 'old'])
  expect(await pruneMailbox(folder, between)).toBe(2)
  expect((await readMailbox(folder)).map(({ subject }) => subject)).toEqual(['young'])
})

test('without a mailbox there is nothing to do', async () => {
  expect(await pruneMailbox(join(folder, 'none'), Temporal.Now.instant())).toBe(0)
})
