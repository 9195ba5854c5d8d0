import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { importFhir } from '../src/exchange/import-fhir.ts'
import { listImports } from '../src/exchange/imports.ts'
import { wholePractice } from '../src/kernel/actor.ts'
import { parseDay } from '../src/kernel/dates.ts'
import type { PracticeId } from '../src/kernel/ids.ts'
import type { OpenApp } from '../src/main/app.ts'
import { cloneFolder } from '../src/platform/child.ts'
import { transact } from '../src/platform/database.ts'
import { adapt } from './adapt.ts'
import type { Role } from './cast.ts'
import { demo, findPlayer, type Player } from './practices.ts'

/** What a role's file is called among the practice's imports: it tells the day that its dates were moved for. */
export function fileName(role: Role, day: Temporal.PlainDate): string {
  return `${role.record}.json, dates moved for ${day}`
}

/** The day that a practice's records were moved for, when a seed has begun there. */
export async function findSeedDay(app: OpenApp, practice: PracticeId): Promise<Temporal.PlainDate | undefined> {
  const files = await transact(app.db, wholePractice(practice), tx => listImports(tx, practice))
  return files.map(file => parseDay(file.slice(-10))).find(day => day !== undefined)
}

/** Imports one role's record into its practice, as any other file; what came in before is left as it is. */
export async function importRole(
  app: OpenApp,
  practice: PracticeId,
  role: Role,
  day: Temporal.PlainDate,
  household: Player | undefined,
): Promise<Player> {
  const packed = await readFile(join(cloneFolder(), 'seeds', 'synthea', `${role.record}.json.gz`))
  const { text, days, source } = adapt((await promisify(gunzip)(packed)).toString('utf8'), role, day)
  const known = await findPlayer(app, practice, source)
  if (!known) await importText(app, practice, role, text, { name: fileName(role, day), days, household })
  const player = known ?? (await findPlayer(app, practice, source))
  if (!player) throw new Error(`${role.record} was imported and is not there`)
  return { role, patient: player.id, account: player.account, days }
}

async function importText(
  app: OpenApp,
  practice: PracticeId,
  role: Role,
  text: string,
  { name, days, household }: { name: string; days: number; household: Player | undefined },
): Promise<void> {
  const bytes = Buffer.from(text)
  async function* open() {
    yield bytes
  }
  const openSince = Temporal.PlainDate.from(role.openSince).add({ days })
  const source = { name, bytes: bytes.length, open }
  const report = await importFhir(app, demo(practice), { source, openSince, accountOf: () => household?.account })
  if (report.status === 'refused') throw new Error(`${name}: ${report.why} ${report.at ?? ''}`)
}
