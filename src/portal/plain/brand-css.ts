import { wholePractice } from '../../kernel/actor.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { transact } from '../../platform/database.ts'
import { getAbout } from '../../practice/about.ts'
import { findBySlug } from '../../practice/practices.ts'
import { plainGet } from '../../web/route.ts'

/**
 * The one colour that a practice chooses, from which every tint is derived (its form is held by the setting). Anyone may keep
 * it for five minutes; so it is no page of the door, which hands out cookies.
 */
export const brandRoute = plainGet(
  { path: '/:practice/brand.css', room: 'practice', audit: null, answers: 'css' },
  async ({ app, http }) => {
    const practice = await findBySlug(app.db, http.req.param('practice') ?? '')
    if (!practice) throw new Refusal('absent', 'absent')
    const { settings } = await transact(app.db, wholePractice(practice.id), tx => getAbout(tx, practice.id))
    return new Response(`:root{--brand:${settings.brand}}\n`, {
      headers: { 'Content-Type': 'text/css; charset=utf-8', 'Cache-Control': 'public, max-age=300' },
    })
  },
)
