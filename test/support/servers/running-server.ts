/** A real server, started by a test and ended by it. */
export interface RunningServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly port: number
  /** Leader of the server's process group. */
  readonly pid: number
  /** Folder of its own: log, model repository; removed by `stop`. */
  readonly folder: string
  /** What it has printed so far, the end of it (at most 8 KB). */
  log(): string
  /** Ends it as a person would (SIGTERM, then SIGKILL to the whole group) and removes what it leaves. Safe to call twice. */
  stop(): Promise<void>
  /** `kill -9` of the whole group at once: a power cut. `stop` may still be called after it. */
  kill(): Promise<void>
}

/** Where it listens and how long it may take. */
export interface StartOptions {
  /** Default: a free one. A port that a killed server had can be given again. */
  port?: number
  /** Whole start without installation. Default 120,000 ms. */
  readyTimeoutMs?: number
}
