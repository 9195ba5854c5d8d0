const MINUTE_MS = 60_000

/** A sender's minute: once it is over nothing is sent any more, and recovery takes over (reliability 2). */
export type Minute = { isOver(): boolean }

/** Begins a sender's minute, before the commit that lets it send. A machine that slept, or was told another time, has lost it. */
export function startMinute(): Minute {
  const [steady, wall] = [performance.now(), Date.now()]
  return { isOver: () => Math.max(performance.now() - steady, Math.abs(Date.now() - wall)) > MINUTE_MS }
}
