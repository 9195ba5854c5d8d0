import { Refusal } from '../kernel/refusal.ts'
import { storeEvent } from '../recovery/inbox.ts'
import { json } from '../web/answers.ts'
import { type Route, rawPost } from '../web/route.ts'

/** The processor's events: raw bytes, signature, stored once by id whatever they hold, 200; they are worked through from the store (reliability 6). */
export const inboundRoutes: Route[] = [
  rawPost(
    { path: '/webhooks/stripe', room: 'payments', audit: 'event.store', limit: null, answers: 'json' },
    async ({ app, http, raw }) => {
      const event = app.processor.readEvent(raw, http.req.header('stripe-signature') ?? '')
      if (!event) throw new Refusal('malformed', 'signature')
      await storeEvent(app, event, raw)
      return json({ received: true })
    },
  ),
]
