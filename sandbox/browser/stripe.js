/** The sandbox's counterpart of Stripe.js: the same calls, for the part that Portico uses. */
;(() => {
  const origin = new URL(document.currentScript.src).origin

  function frameUrl(path, stripe, more = {}) {
    const url = new URL(path, origin)
    const all = { parent: location.origin, key: stripe.key, account: stripe.account, ...more }
    for (const [name, value] of Object.entries(all)) if (value) url.searchParams.set(name, value)
    return url.href
  }

  /** A frame of the sandbox's own, with questions that it answers one by one. */
  function openFrame(iframe, onMessage) {
    const waiting = new Map()
    let next = 1
    let markReady
    const ready = new Promise(done => {
      markReady = done
    })
    addEventListener('message', event => {
      if (event.origin !== origin || event.source !== iframe.contentWindow || !event.data?.sandbox) return
      const { type, id, result } = event.data
      if (type === 'ready') markReady()
      if (type === 'result') {
        waiting.get(id)?.(result)
        waiting.delete(id)
      }
      onMessage?.(event.data)
    })
    const send = message => ready.then(() => iframe.contentWindow?.postMessage(message, origin))
    const ask = message =>
      new Promise(done => {
        const id = next++
        waiting.set(id, done)
        send({ ...message, id })
      })
    return { ready, send, ask }
  }

  function cardElement(stripe, elements) {
    const listeners = {}
    const iframe = document.createElement('iframe')
    const asked = elements.locale ?? stripe.locale
    const locale = asked && asked !== 'auto' ? asked : navigator.language
    const theme = { night: 'dark', dark: 'dark', light: 'light' }[elements.appearance?.theme]
    iframe.src = frameUrl('/frame/card', stripe, { locale, theme, brand: elements.appearance?.variables?.colorPrimary })
    iframe.title = locale.startsWith('es') ? 'Tarjeta' : 'Card'
    iframe.allow = 'payment'
    Object.assign(iframe.style, {
      border: '0',
      display: 'block',
      width: 'calc(100% + 8px)',
      margin: '-4px',
      height: '190px',
      colorScheme: theme ?? 'inherit',
    })
    const emit = (name, detail) => {
      for (const listener of listeners[name] ?? []) listener({ elementType: 'payment', ...detail })
    }
    const frame = openFrame(iframe, message => {
      if (message.type === 'height') iframe.style.height = `${message.height}px`
      if (message.type === 'ready') emit('ready', {})
      if (message.type === 'focus' || message.type === 'blur') emit(message.type, {})
      if (message.type === 'change') {
        const { complete, empty } = message
        emit('change', { complete, empty, collapsed: false, value: { type: 'card' } })
      }
    })
    const element = {
      frame,
      mount(target) {
        const node = typeof target === 'string' ? document.querySelector(target) : target
        if (!node) throw new Error(`The selector you specified (${target}) applies to no DOM elements.`)
        node.replaceChildren(iframe)
      },
      on(name, listener) {
        listeners[name] = [...(listeners[name] ?? []), listener]
        return element
      },
      off(name, listener) {
        listeners[name] = listener ? (listeners[name] ?? []).filter(one => one !== listener) : []
        return element
      },
      focus: () => frame.send({ type: 'focus' }),
      clear: () => frame.send({ type: 'clear' }),
      update() {},
      unmount: () => iframe.remove(),
      destroy: () => iframe.remove(),
    }
    return element
  }

  function makeElements(stripe, options) {
    const elements = { ...options }
    let element = null
    return {
      create(type) {
        if (type !== 'payment' && type !== 'card') throw new Error(`The sandbox has no element "${type}".`)
        element = cardElement(stripe, elements)
        return element
      },
      getElement: () => element,
      update: more => Object.assign(elements, more),
      submit: async () => (element ? element.frame.ask({ type: 'validate' }) : { error: notMounted() }),
      createMethod: async params =>
        element
          ? element.frame.ask({ type: 'create', billingDetails: params?.billing_details })
          : { error: notMounted() },
    }
  }

  function notMounted() {
    return { type: 'validation_error', message: 'No card element was created.' }
  }

  function controllerOf(stripe) {
    if (stripe.controller) return stripe.controller
    const iframe = document.createElement('iframe')
    iframe.src = frameUrl('/frame/controller', stripe)
    iframe.hidden = true
    iframe.setAttribute('aria-hidden', 'true')
    stripe.controller = openFrame(iframe)
    document.body.append(iframe)
    return stripe.controller
  }

  const nameOf = intent => (intent.object === 'setup_intent' ? 'setupIntent' : 'paymentIntent')

  async function retrieve(stripe, clientSecret) {
    const { intent, error } = await controllerOf(stripe).ask({ type: 'retrieve', clientSecret })
    return error ? { error } : { [nameOf(intent)]: intent, intent }
  }

  /** Shows the bank's page in a dialog until the person has answered or closed it. */
  function showDialog(url) {
    return new Promise(done => {
      const dialog = document.createElement('dialog')
      const iframe = document.createElement('iframe')
      iframe.src = url
      iframe.title = 'Authentication'
      Object.assign(iframe.style, { border: '0', width: '100%', height: '100%', display: 'block' })
      Object.assign(dialog.style, {
        padding: '0',
        border: '0',
        borderRadius: '12px',
        width: 'min(26rem, calc(100vw - 2rem))',
        height: 'min(18rem, calc(100dvh - 2rem))',
        overflow: 'hidden',
      })
      const close = isAnswered => {
        dialog.close()
        dialog.remove()
        removeEventListener('message', onMessage)
        done(isAnswered)
      }
      const onMessage = event => {
        if (event.origin !== origin || event.source !== iframe.contentWindow) return
        if (event.data?.sandbox === 'authenticated') close(true)
      }
      addEventListener('message', onMessage)
      dialog.addEventListener('cancel', () => close(false))
      dialog.append(iframe)
      document.body.append(dialog)
      dialog.showModal()
    })
  }

  function outcomeOf(found, isAnswered) {
    const { intent } = found
    const failed = intent.last_payment_error ?? intent.last_setup_error
    if (intent.status === 'requires_payment_method' && failed) return { error: { ...failed, [intent.object]: intent } }
    if (isAnswered || intent.status !== 'requires_action') return { [nameOf(intent)]: intent }
    const code = `${intent.object}_authentication_failure`
    const message = 'We are unable to authenticate your payment method. Please choose a different payment method.'
    return { error: { type: 'invalid_request_error', code, message, [intent.object]: intent } }
  }

  async function handleNextAction(stripe, clientSecret) {
    const found = await retrieve(stripe, clientSecret)
    if (found.error) return { error: found.error }
    const action = found.intent.next_action
    if (!action) return outcomeOf(found, true)
    const target = action.redirect_to_url?.url ?? action.use_stripe_sdk?.stripe_js
    if (new URL(target).origin !== origin) return { error: { type: 'api_error', message: 'Unknown next action.' } }
    if (action.type === 'redirect_to_url') {
      location.assign(target)
      return new Promise(() => {})
    }
    const url = new URL(target)
    url.searchParams.set('framed', '1')
    url.searchParams.set('parent', location.origin)
    url.searchParams.set('locale', document.documentElement.lang || navigator.language)
    const isAnswered = await showDialog(url.href)
    const after = await retrieve(stripe, clientSecret)
    return after.error ? { error: after.error } : outcomeOf(after, isAnswered)
  }

  async function shown(promise) {
    const { intent: _, ...rest } = await promise
    return rest
  }

  window.Stripe = (key, { stripeAccount, locale } = {}) => {
    if (!/^pk_test_/.test(key)) throw new Error('The sandbox takes publishable keys that begin with pk_test_.')
    const stripe = { key, account: stripeAccount, locale }
    return {
      elements: options => makeElements(stripe, options ?? {}),
      createPaymentMethod: ({ elements, params } = {}) => elements.createMethod(params),
      handleNextAction: ({ clientSecret }) => handleNextAction(stripe, clientSecret),
      retrievePaymentIntent: clientSecret => shown(retrieve(stripe, clientSecret)),
      retrieveSetupIntent: clientSecret => shown(retrieve(stripe, clientSecret)),
    }
  }
  window.Stripe.version = 3
})()
