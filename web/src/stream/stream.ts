// Our one socket to the platform: snapshot, then deltas in sequence; a gap or silence means starting again.
import type { Change, Frame } from "../api/types";
import { millis } from "../numbers/time";
import { afterChanges, afterSnapshot, remember, tellBars, useLive } from "./live";
import { judge } from "./sequence";

export const HEARTBEAT_MS = 1_000;
/** Past two heartbeats without a word, what is shown is stale and orders are locked. */
export const STALE_AFTER_MS = 2 * HEARTBEAT_MS;
const GIVE_UP_AFTER_MS = 5 * HEARTBEAT_MS;
const BACKOFF_MS = [250, 500, 1_000, 2_000, 4_000, 8_000];
const HIDDEN_FLUSH_MS = 1_000;
const REMEMBER_EVERY_MS = 5_000;
/** Clocks nearer than this are taken for one clock, and the whole gap for latency. */
const SAME_CLOCK_MS = 250;

export class Stream {
  private socket: WebSocket | null = null;
  private sequence: number | null = null;
  private waiting: Change[] = [];
  private flushing = false;
  private tries = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private watch: ReturnType<typeof setInterval> | null = null;
  private openedAt = 0;
  private leastGapMs = Number.POSITIVE_INFINITY;
  private isOn = false;

  constructor(private readonly whenRefused: () => void) {}

  start(): void {
    if (this.isOn) return;
    this.isOn = true;
    this.watch = setInterval(() => this.look(), HEARTBEAT_MS / 4);
    document.addEventListener("visibilitychange", this.tellVisibility);
    addEventListener("online", this.hurry);
    addEventListener("pagehide", remember);
    this.open();
  }

  stop(): void {
    this.isOn = false;
    if (this.timer) clearTimeout(this.timer);
    if (this.watch) clearInterval(this.watch);
    document.removeEventListener("visibilitychange", this.tellVisibility);
    removeEventListener("online", this.hurry);
    removeEventListener("pagehide", remember);
    this.close();
  }

  private open(): void {
    this.timer = null;
    this.sequence = null;
    this.waiting = [];
    this.openedAt = Date.now();
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/v1/stream`);
    this.socket = socket;
    socket.addEventListener("message", (event) => this.socket === socket && this.hear(String(event.data)));
    socket.addEventListener("close", () => this.socket === socket && this.lost());
  }

  private close(): void {
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    if (socket.readyState === WebSocket.CONNECTING) socket.addEventListener("open", () => socket.close());
    else socket.close();
  }

  private lost(): void {
    this.close();
    if (!this.isOn || this.timer) return;
    const { stream, reconnects } = useLive.getState();
    useLive.setState({ stream: stream === "connecting" && this.tries < 2 ? "connecting" : "down", reconnects: reconnects + 1 });
    const wait = BACKOFF_MS[Math.min(this.tries, BACKOFF_MS.length - 1)]!;
    this.tries += 1;
    this.timer = setTimeout(() => this.open(), wait * (0.75 + Math.random() / 2));
    this.whenRefused(); // a socket refuses without a reason; the session check tells a sign-out from a fault
  }

  private readonly hurry = (): void => {
    if (!this.timer) return;
    clearTimeout(this.timer);
    this.tries = 0;
    this.open();
  };

  private hear(text: string): void {
    const frame = JSON.parse(text) as Frame;
    const verdict = judge(frame, this.sequence);
    if (verdict === "drop") return;
    if (verdict === "gap") {
      this.lost();
      return;
    }
    const now = Date.now();
    const at = millis(frame.at);
    this.leastGapMs = Math.min(this.leastGapMs, now - at);
    const skew = Math.abs(this.leastGapMs) < SAME_CLOCK_MS ? 0 : this.leastGapMs;
    const heard = {
      stream: "live" as const,
      lastFrameAt: now,
      serverAt: at,
      latencyMs: Math.max(0, Math.round(now - at - skew)),
    };
    if (frame.type === "snapshot") {
      this.sequence = frame.sequence;
      this.tries = 0;
      this.waiting = [];
      useLive.setState((live) => ({ ...afterSnapshot(live, frame.data, now), ...heard }));
      if (document.hidden) this.tellVisibility();
      return;
    }
    if (frame.type === "delta") {
      this.sequence = frame.sequence;
      this.waiting.push(...frame.changes);
    }
    this.beat = heard;
    this.flushSoon();
  }

  private beat: Partial<ReturnType<typeof useLive.getState>> = {};

  private flushSoon(): void {
    if (this.flushing) return;
    this.flushing = true;
    if (document.hidden) setTimeout(() => this.flush(), HIDDEN_FLUSH_MS);
    else requestAnimationFrame(() => this.flush());
  }

  private flush(): void {
    this.flushing = false;
    const changes = this.waiting;
    this.waiting = [];
    const beat = this.beat;
    useLive.setState((live) => ({ ...afterChanges(live, changes, Date.now()), ...beat }));
    tellBars(changes);
  }

  private rememberedAt = 0;

  private look(): void {
    const now = Date.now();
    const { stream, lastFrameAt } = useLive.getState();
    const silentMs = now - Math.max(lastFrameAt, this.openedAt);
    if (stream === "live" && now - lastFrameAt > STALE_AFTER_MS) useLive.setState({ stream: "stale" });
    if (this.socket && silentMs > GIVE_UP_AFTER_MS) this.lost();
    if (stream === "live" && now - this.rememberedAt > REMEMBER_EVERY_MS) {
      this.rememberedAt = now;
      remember();
    }
  }

  private readonly tellVisibility = (): void => {
    if (this.socket?.readyState === WebSocket.OPEN)
      this.socket.send(JSON.stringify({ type: document.hidden ? "pause" : "resume" }));
  };
}
