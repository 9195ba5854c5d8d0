import { listImports } from '../src/exchange/imports.ts'
import { wholePractice } from '../src/kernel/actor.ts'
import type { PracticeId } from '../src/kernel/ids.ts'
import type { OpenApp } from '../src/main/app.ts'
import { transact } from '../src/platform/database.ts'
import { findBySlug } from '../src/practice/practices.ts'
import { CAST, PRACTICES, type PracticeName } from './cast.ts'
import { grantAccess, openPractice, type Player } from './practices.ts'
import { fileName, findSeedDay, importRole } from './records.ts'
import { isTold, STORY, tell } from './story.ts'

export type SeedOrder = {
  /** The day the dates are moved for; a seed that was begun keeps the day it began with. */
  readonly today: Temporal.PlainDate
  /** Told what is done, of how many steps. */
  readonly onProgress?: (done: number, steps: number, what: string) => void
}

const SLUGS = Object.keys(PRACTICES) as PracticeName[]

/**
 * Makes the demo practices: opens them, imports the cast's records as any other file, lets people sign in, and tells
 * what they paid. Safe to repeat and to be killed: what is done is found, and the rest is done. It needs the processor.
 */
export async function seedDemo(app: OpenApp, { today, onProgress = () => undefined }: SeedOrder): Promise<void> {
  const steps = SLUGS.length + CAST.length + STORY.length
  let done = 0
  const step = (what: string) => onProgress(done++, steps, what)
  for (const slug of SLUGS) {
    step(PRACTICES[slug].name)
    await openPractice(app, slug)
  }
  const day = (await seedDay(app)) ?? today
  const players = new Map<PracticeName, Player[]>(SLUGS.map(slug => [slug, []]))
  for (const role of CAST) {
    step(`${role.givenName} ${role.familyName}`)
    const troupe = players.get(role.practice) ?? []
    const household = troupe.find(one => one.role.record === role.household)
    troupe.push(await importRole(app, await idOf(app, role.practice), role, day, household))
  }
  for (const slug of SLUGS) await grantAccess(app, await idOf(app, slug), players.get(slug) ?? [])
  for (const deed of STORY) {
    step('payments of the past')
    await tell(app, await idOf(app, deed.practice), deed, players.get(deed.practice) ?? [], day)
  }
}

/** Whether the demo is made in full: quick, for every start after the first. */
export async function isSeeded(app: OpenApp): Promise<boolean> {
  const day = await seedDay(app)
  if (!day) return false
  for (const slug of SLUGS) {
    const practice = await findBySlug(app.db, slug)
    if (!practice) return false
    const files = await transact(app.db, wholePractice(practice.id), tx => listImports(tx, practice.id))
    if (!CAST.filter(role => role.practice === slug).every(role => files.includes(fileName(role, day)))) return false
    for (const deed of STORY.filter(one => one.practice === slug))
      if (!(await isTold(app, practice.id, deed, day))) return false
  }
  return true
}

async function seedDay(app: OpenApp): Promise<Temporal.PlainDate | undefined> {
  for (const slug of SLUGS) {
    const practice = await findBySlug(app.db, slug)
    const day = practice && (await findSeedDay(app, practice.id))
    if (day) return day
  }
  return undefined
}

async function idOf(app: OpenApp, slug: PracticeName): Promise<PracticeId> {
  const practice = await findBySlug(app.db, slug)
  if (!practice) throw new Error(`the demo practice ${slug} is not there`)
  return practice.id
}
