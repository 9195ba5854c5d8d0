/** Asks the API for one intent on behalf of the page around it, whose own policy need not allow the call. */
const query = new URLSearchParams(location.search)
const parentOrigin = query.get('parent')

async function retrieve(clientSecret) {
  const id = clientSecret.split('_secret_')[0]
  const kind = id.startsWith('seti_') ? 'setup_intents' : 'payment_intents'
  const headers = { Authorization: `Bearer ${query.get('key')}` }
  if (query.get('account')) headers['Stripe-Account'] = query.get('account')
  try {
    const path = `/v1/${kind}/${encodeURIComponent(id)}?client_secret=${encodeURIComponent(clientSecret)}`
    const answer = await (await fetch(path, { headers })).json()
    return answer.error ? { error: answer.error } : { intent: answer }
  } catch {
    return { error: { type: 'api_connection_error', message: 'The processor did not answer.' } }
  }
}

addEventListener('message', async event => {
  if (event.source !== parent || event.origin !== parentOrigin || event.data?.type !== 'retrieve') return
  const result = await retrieve(String(event.data.clientSecret))
  parent.postMessage({ sandbox: 'controller', type: 'result', id: event.data.id, result }, parentOrigin)
})

parent.postMessage({ sandbox: 'controller', type: 'ready' }, parentOrigin)
