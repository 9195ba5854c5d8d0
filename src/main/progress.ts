const width = 24

export type Progress = {
  /** A step begins, and with it the one before ends. */
  step(name: string): void
  /** What is happening inside the step. */
  note(text: string): void
  /** A sentence that stays. */
  tell(sentence: string): void
  /** All is done, or nothing more will be: the line goes away. */
  end(): void
}

/** On a terminal one line that fills up; elsewhere a plain line for each thing that happens. */
export function showProgress(steps: number, stream: NodeJS.WriteStream = process.stderr): Progress {
  return stream.isTTY ? bar(steps, stream) : lines(stream)
}

function lines(stream: NodeJS.WriteStream): Progress {
  const write = (text: string) => stream.write(`${text} …\n`)
  return { step: write, note: write, tell: sentence => stream.write(`${sentence}\n`), end: () => {} }
}

function bar(steps: number, stream: NodeJS.WriteStream): Progress {
  let done = -1
  let name = ''
  const draw = (text: string) => {
    const filled = Math.min(width, Math.round((width * Math.max(done, 0)) / steps))
    const line = `[${'█'.repeat(filled)}${'·'.repeat(width - filled)}] ${text}`
    stream.write(`\r\x1b[K${line.slice(0, (stream.columns || 80) - 1)}`)
  }
  return {
    step: next => {
      done += 1
      name = next
      draw(name)
    },
    note: text => draw(`${name}: ${text}`),
    tell: sentence => {
      stream.write(`\r\x1b[K${sentence}\n`)
      draw(name)
    },
    end: () => stream.write('\r\x1b[K'),
  }
}
