import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import nodemailer from 'nodemailer'
import type { Config } from './config.ts'
import { codeOf } from './trouble.ts'

export type Mail = {
  /** Makes the Message-ID, the same whenever this mail is sent, so that a mailbox that gets it twice can tell. */
  readonly id: string
  readonly to: string
  readonly from?: string
  readonly subject: string
  readonly text: string
  readonly html: string
}
export type StoredMail = {
  readonly at: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly links: string[]
}
export type Mailer = { send(mail: Mail): Promise<void> }

/** The names of mails in the mailbox; one that is being written has a dot before it. */
const WHOLE = /^\d{20}-[0-9a-f]{8}[.]json$/

/** Why a mail was not taken, as far as staff can do something about it. */
export type MailTrouble = 'address' | 'refused' | 'busy' | 'unreachable' | 'sign-in' | 'failed'

/** How long a mail server is given to take one mail, in milliseconds. */
const SEND_MS = 60_000

/** Mail over SMTP where SMTP_URL is set; otherwise into the dev mailbox, a folder of files that no database keeps. */
export function openMailer(config: Config): Mailer {
  if (!config.smtpUrl) return { send: mail => store(config.dataFolder, mail) }
  const { hostname } = new URL(config.url)
  const transport = nodemailer.createTransport(config.smtpUrl, { from: config.mailFrom })
  return {
    send: async ({ id, ...mail }) =>
      void (await transport.sendMail({
        ...mail,
        messageId: `<${id}@${hostname}>`,
        signal: AbortSignal.timeout(SEND_MS),
      })),
  }
}

/** nodemailer's codes for a server that cannot be spoken with. */
const NETWORK = ['ECONNECTION', 'ETIMEDOUT', 'ESOCKET', 'EDNS', 'ETLS', 'EPROTOCOL', 'EABORT']

/** The kind of a failure, without the server's words: they may name an address. */
export function mailTroubleOf(error: unknown): MailTrouble {
  const { responseCode = 0, command } = (error ?? {}) as { responseCode?: number; command?: string }
  const code = codeOf(error)
  if (code === 'EAUTH') return 'sign-in'
  if (responseCode >= 500) return command === 'RCPT TO' ? 'address' : 'refused'
  if (responseCode >= 400) return 'busy'
  return code && NETWORK.includes(code) ? 'unreachable' : 'failed'
}

/** What is in the dev mailbox, newest first; `to` narrows it to one address. */
export async function readMailbox(dataFolder: string, to?: string): Promise<StoredMail[]> {
  const folder = join(dataFolder, 'mailbox')
  const names = (await readdir(folder).catch(() => []))
    .filter(name => WHOLE.test(name))
    .sort()
    .reverse()
  const mails = (await Promise.all(names.slice(0, to ? 2000 : 200).map(name => readStored(join(folder, name))))).flat()
  return to ? mails.filter(mail => mail.to.toLowerCase() === to.toLowerCase()) : mails
}

/** A mail of the mailbox, or none where it was pruned since its folder was read. */
async function readStored(file: string): Promise<StoredMail[]> {
  try {
    return [JSON.parse(await readFile(file, 'utf8'))]
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

/** Removes mails of the dev mailbox that are older than an instant, and what a killed process left half written; answers how many. */
export async function pruneMailbox(dataFolder: string, before: Temporal.Instant): Promise<number> {
  const folder = join(dataFolder, 'mailbox')
  const oldest = before.epochNanoseconds.toString().padStart(20, '0')
  const names = await readdir(folder).catch(() => [])
  const old = names.filter(name => WHOLE.test(name.replace(/^[.]/, '')) && name.replace(/^[.]/, '') < oldest)
  for (const name of old) await rm(join(folder, name), { force: true })
  return old.length
}

async function store(dataFolder: string, mail: Mail): Promise<void> {
  const folder = join(dataFolder, 'mailbox')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const now = Temporal.Now.instant()
  const stored: StoredMail = {
    at: now.toString(),
    to: mail.to,
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    links: linksOf(mail.text),
  }
  const name = `${now.epochNanoseconds.toString().padStart(20, '0')}-${randomBytes(4).toString('hex')}.json`
  await writeFile(join(folder, `.${name}`), JSON.stringify(stored), { mode: 0o600 })
  await rename(join(folder, `.${name}`), join(folder, name))
}

function linksOf(text: string): string[] {
  return text.match(/https?:\/\/[^\s<>"]+/g) ?? []
}
