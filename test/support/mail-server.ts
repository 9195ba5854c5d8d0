import { type AddressInfo, createServer, type Socket } from 'node:net'

/** A mail that the server took: to whom, and as it came. */
export type TakenMail = { readonly to: string; readonly text: string }
export type MailServer = { readonly url: string; readonly taken: TakenMail[]; stop(): Promise<void> }

/** Speaks just enough SMTP to take mails; whom it does not know it refuses in words that name them, as real servers do. */
export async function startMailServer(knows: (address: string) => boolean): Promise<MailServer> {
  const taken: TakenMail[] = []
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.write('220 mail.example.org\r\n')
    converse(socket, knows, taken)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()))
  const stop = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  return { url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`, taken, stop }
}

function converse(socket: Socket, knows: (address: string) => boolean, taken: TakenMail[]): void {
  let to = ''
  let heard = ''
  let isMail = false
  socket.on('data', data => {
    heard += data.toString()
    for (let end = endOf(heard, isMail); end > 0; end = endOf(heard, isMail)) {
      const said = heard.slice(0, end)
      heard = heard.slice(end)
      if (isMail) {
        taken.push({ to, text: said })
        isMail = false
        socket.write('250 taken\r\n')
        continue
      }
      const address = /^RCPT TO:<([^>]*)>/i.exec(said)?.[1]
      isMail = /^DATA/i.test(said)
      if (address !== undefined) to = address
      if (address !== undefined && !knows(address)) socket.write(`550 5.1.1 <${address}>: user unknown\r\n`)
      else socket.write(isMail ? '354 go on\r\n' : '250 OK\r\n')
    }
  })
}

/** Where a line, or a mail, ends; 0 while it has not. */
function endOf(heard: string, isMail: boolean): number {
  const mark = isMail ? '\r\n.\r\n' : '\r\n'
  const at = heard.indexOf(mark)
  return at < 0 ? 0 : at + mark.length
}
