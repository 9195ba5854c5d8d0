export {} // a module of its own

/**
 * Puts the processor's own card form into the form around `[data-card-entry]` (design/card-entry.tsx writes it). The card
 * number goes from the processor's frame to the processor; this page learns a payment method's id alone.
 */
type Problem = { type?: string; message?: string }
type Failure = { error?: Problem }
type CardForm = { mount(at: HTMLElement): void; focus?(): void; on?(event: string, done: () => void): unknown }
type Elements = { create(kind: 'payment', options?: object): CardForm; submit(): Promise<Failure> }
type Processor = {
  elements(options: object): Elements
  createPaymentMethod(options: { elements: Elements }): Promise<Failure & { paymentMethod?: { id: string } }>
}
type Open = (key: string, options: { stripeAccount?: string; locale: string }) => Processor
type Card = { processor: Processor; elements: Elements; form: CardForm }

const page: typeof globalThis & { Stripe?: Open } = globalThis

for (const entry of document.querySelectorAll<HTMLElement>('[data-card-entry]')) {
  const form = entry.closest('form')
  if (form) enhance(form, entry)
}

function enhance(form: HTMLFormElement, entry: HTMLElement): void {
  const choices = form.querySelectorAll<HTMLInputElement>('input[name="method"]')
  // Where credit covers the amount, no card is charged and none is asked for.
  const covered = () => form.querySelector('[data-pay-button] [data-when="credit"]:not([hidden])') !== null
  const wanted = () =>
    choices.length === 0 || ([...choices].some(choice => choice.checked && choice.value === 'new') && !covered())
  let loading: Promise<Card | undefined> | undefined
  let busy = false

  const load = () => {
    if (wanted()) loading ??= openCard(entry)
  }
  form.addEventListener('change', load)
  addEventListener('pageshow', event => {
    if (event.persisted) setBusy(false)
    load()
  })

  form.addEventListener('submit', async event => {
    if (busy) return event.preventDefault()
    setBusy(true)
    if (!wanted()) return
    event.preventDefault()
    const card = await loading
    if (!card) return form.submit()
    const made = await makeMethod(card)
    if ('id' in made) {
      methodInput(form).value = made.id
      return form.submit()
    }
    setBusy(false)
    say(entry, '[data-card-error]', sentenceOf(entry, made.problem))
    card.form.focus?.()
  })

  function setBusy(now: boolean): void {
    busy = now
    const button = form.querySelector('button[type="submit"]')
    if (now) button?.setAttribute('aria-busy', 'true')
    else button?.removeAttribute('aria-busy')
    say(entry, '[data-card-status]', now ? text(entry, '[data-card-status]', 'sending') : '')
    if (now) say(entry, '[data-card-error]', '')
  }
}

/** The processor's script, its card form in its frame; undefined when it does not come, and the form then posts as it is. */
async function openCard(entry: HTMLElement): Promise<Card | undefined> {
  const { stripeJs, publishableKey, stripeAccount, amount, currency = 'usd' } = entry.dataset
  const frame = entry.querySelector<HTMLElement>('[data-card-frame]')
  try {
    say(entry, '[data-card-status]', text(entry, '[data-card-status]', 'loading'))
    if (!page.Stripe) await loadScript(stripeJs ?? '')
    if (!page.Stripe || !frame) throw new Error('the card form did not come')
    const locale = document.documentElement.lang
    const processor = page.Stripe(publishableKey ?? '', stripeAccount ? { stripeAccount, locale } : { locale })
    const elements = processor.elements({
      ...(amount ? { mode: 'payment', amount: Number(amount) } : { mode: 'setup' }),
      currency,
      paymentMethodCreation: 'manual',
      paymentMethodTypes: ['card'],
      appearance: { theme: matchMedia('(prefers-color-scheme: dark)').matches ? 'night' : 'stripe' },
    })
    const form = elements.create('payment')
    form.mount(frame)
    say(entry, '[data-card-status]', '')
    return { processor, elements, form }
  } catch {
    if (frame) frame.hidden = true
    say(entry, '[data-card-status]', text(entry, '[data-card-status]', 'failed'))
    return undefined
  }
}

async function makeMethod({ processor, elements }: Card): Promise<{ id: string } | { problem: Problem | undefined }> {
  try {
    const checked = await elements.submit()
    if (checked.error) return { problem: checked.error }
    const { paymentMethod, error } = await processor.createPaymentMethod({ elements })
    return paymentMethod ? { id: paymentMethod.id } : { problem: error }
  } catch {
    return { problem: undefined }
  }
}

/** What the frame has said beside its own fields already is not said twice. */
function sentenceOf(entry: HTMLElement, problem: Problem | undefined): string {
  if (problem?.type === 'validation_error') return text(entry, '[data-card-error]', 'marked')
  return problem?.message ?? text(entry, '[data-card-error]', 'problem')
}

function loadScript(src: string): Promise<void> {
  return new Promise((done, fail) => {
    const script = Object.assign(document.createElement('script'), { src, async: true })
    script.addEventListener('load', () => done())
    script.addEventListener('error', () => fail(new Error('not loaded')))
    document.head.append(script)
    setTimeout(() => fail(new Error('too slow')), 10_000)
  })
}

function methodInput(form: HTMLFormElement): { value: string } {
  return form.querySelector<HTMLInputElement>('input[name="payment_method"]') ?? { value: '' }
}

function text(entry: HTMLElement, selector: string, name: string): string {
  return entry.querySelector<HTMLElement>(selector)?.dataset[name] ?? ''
}

function say(entry: HTMLElement, selector: string, sentence: string): void {
  const place = entry.querySelector(selector)
  if (place) place.textContent = sentence
}
