/** A server of ours that runs. */
export type Postgres = {
  /** The schema's owner in database `portico`. */
  ownerUrl: string
  /** True when the server was running already, left by a run that was killed or belonging to another command. */
  adopted: boolean
  pid: number
  /** Settles when the server has ended, wanted or not. */
  exited: Promise<void>
  stop(): Promise<void>
}
