import { createServer, type Server } from 'node:net'
import { codeOf, Trouble } from '../platform/trouble.ts'

/** The port itself when it is free (for 0, one that is), or a sentence that names it and the setting to change. */
export async function freePort(port: number, host: string, setting: string): Promise<number> {
  const server = createServer()
  try {
    return await new Promise<number>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ port, host, exclusive: true }, () => {
        const address = server.address()
        resolve(typeof address === 'object' && address ? address.port : port)
      })
    })
  } catch (error) {
    throw portTrouble(error, port, host, setting)
  } finally {
    server.close()
  }
}

/** Listens there, or says in a sentence which setting to change. */
export async function listenOn(server: Server, port: number, host: string, setting: string): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolve)
    })
  } catch (error) {
    throw portTrouble(error, port, host, setting)
  }
}

function portTrouble(error: unknown, port: number, host: string, setting: string): unknown {
  const choose = `Choose another one, for example ${setting}=${port < 1024 ? 3000 : port + 100} npm start.`
  const code = codeOf(error)
  if (code === 'EADDRINUSE') return new Trouble(`Port ${port} is used by another program. ${choose}`)
  if (code === 'EACCES') return new Trouble(`This user may not listen on port ${port}. ${choose}`)
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new Trouble(`This machine has no address ${host}; HOST names one that it has, such as 127.0.0.1.`)
  }
  return error
}
