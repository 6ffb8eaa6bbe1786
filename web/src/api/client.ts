// Every request the page makes: same origin, the CSRF header on what changes something, a key on what moves money.
import { NoAnswer, Problem, problemFrom } from "./problem";
import type {
  Account,
  ApiKey,
  Bars,
  BrowserSession,
  Decision,
  Diagnostic,
  EquityPoint,
  Feed,
  Fill,
  Gauge,
  Health,
  Instrument,
  Kill,
  KillAct,
  Life,
  NewApiKey,
  NewOrder,
  Notice,
  Order,
  OrderTaken,
  Position,
  Scope,
  Series,
  Session,
  Strategy,
  TickGrid,
} from "./types";

const ANSWER_MAX_MS = 15_000;

let csrf = "";
let whenSignedOut: () => void = () => undefined;

export function keepCsrf(token: string): void {
  csrf = token;
}

/** Called on any 401, from whichever request met it. */
export function onSignedOut(call: () => void): void {
  whenSignedOut = call;
}

export function newKey(): string {
  return crypto.randomUUID();
}

interface Ask {
  method?: "GET" | "POST" | "DELETE";
  body?: unknown;
  key?: string;
  signal?: AbortSignal | undefined;
}

async function ask<T>(path: string, { method = "GET", body, key, signal }: Ask = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-JTS-CSRF"] = csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key !== undefined) headers["Idempotency-Key"] = key;
  const deadline = AbortSignal.timeout(ANSWER_MAX_MS);
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers,
      credentials: "same-origin",
      cache: "no-store",
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (cause) {
    throw new NoAnswer(cause);
  }
  if (response.status === 401) whenSignedOut();
  if (!response.ok) throw await problemFrom(response);
  if (response.status === 204) return undefined as T;
  try {
    return (await response.json()) as T;
  } catch (cause) {
    throw new NoAnswer(cause); // a broken body is no answer: what happened is unknown
  }
}

function query(values: Record<string, string | number | boolean | null | undefined>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== "");
  if (given.length === 0) return "";
  return `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`;
}

const at = encodeURIComponent;

export interface OrderFilter {
  open?: boolean;
  account?: string;
  instrument?: string;
  run?: string;
  limit?: number;
  before?: string;
}

export const api = {
  health: (signal?: AbortSignal) => ask<Health>("/health", { signal }),
  session: (signal?: AbortSignal) => ask<Session>("/session", { signal }),
  signOut: () => ask<void>("/session", { method: "DELETE" }),
  portfolio: (signal?: AbortSignal) => ask<{ accounts: Account[] }>("/portfolio", { signal }),
  equity: (account: string, currency: string, points: number, signal?: AbortSignal) =>
    ask<{ points: EquityPoint[] }>(`/portfolio/equity${query({ account, currency, points })}`, { signal }),
  positions: (signal?: AbortSignal) => ask<{ positions: Position[] }>("/positions", { signal }),
  fills: (limit: number, signal?: AbortSignal) => ask<{ fills: Fill[] }>(`/fills${query({ limit })}`, { signal }),
  orders: (filter: OrderFilter, signal?: AbortSignal) =>
    ask<{ orders: Order[]; next: string | null }>(`/orders${query({ ...filter })}`, { signal }),
  life: (order: string, signal?: AbortSignal) => ask<Life>(`/orders/${at(order)}/life`, { signal }),
  placeOrder: (body: NewOrder, key: string) => ask<OrderTaken>("/orders", { method: "POST", body, key }),
  cancelOrder: (order: string) => ask<{ order: Order }>(`/orders/${at(order)}/cancel`, { method: "POST", body: {} }),
  cancelOrders: (scope: { account?: string; instrument?: string; run?: string }) =>
    ask<{ orders: Order[] }>("/orders/cancel", { method: "POST", body: scope }),
  instruments: (signal?: AbortSignal) => ask<{ instruments: Instrument[] }>("/instruments", { signal }),
  tick: (instrument: string, price: string, signal?: AbortSignal) =>
    ask<TickGrid>(`/instruments/${at(instrument)}/tick${query({ price })}`, { signal }),
  bars: (instrument: string, timeframe: string, limit: number, before?: string, signal?: AbortSignal) =>
    ask<Bars>(`/bars${query({ instrument, timeframe, limit, before })}`, { signal }),
  series: (signal?: AbortSignal) => ask<{ series: Series[] }>("/series", { signal }),
  feeds: (signal?: AbortSignal) => ask<{ feeds: Feed[] }>("/feeds", { signal }),
  strategies: (signal?: AbortSignal) => ask<{ strategies: Strategy[] }>("/strategies", { signal }),
  decisions: (run: string, limit: number, signal?: AbortSignal) =>
    ask<{ decisions: Decision[] }>(`/strategies/${at(run)}/decisions${query({ limit })}`, { signal }),
  checkStrategy: (text: string, signal?: AbortSignal) =>
    ask<{ ok: boolean; diagnostics: Diagnostic[] }>("/strategies/check", { method: "POST", body: { text }, signal }),
  newStrategy: (body: { run: string; account: string; text: string }, key: string) =>
    ask<Strategy>("/strategies", { method: "POST", body, key }),
  startStrategy: (run: string, key: string) =>
    ask<Strategy>(`/strategies/${at(run)}/start`, { method: "POST", body: {}, key }),
  stopStrategy: (run: string, flatten: boolean, key: string) =>
    ask<Strategy>(`/strategies/${at(run)}/stop`, { method: "POST", body: { flatten }, key }),
  risk: (signal?: AbortSignal) => ask<{ gauges: Gauge[]; kill: Kill }>("/risk", { signal }),
  kill: (signal?: AbortSignal) => ask<Kill>("/kill", { signal }),
  engageKill: (body: { acts: KillAct[]; account?: string; reason?: string }, key: string) =>
    ask<Kill>("/kill", { method: "POST", body, key }),
  resetKill: (reason: string, key: string) => ask<Kill>("/kill/reset", { method: "POST", body: { reason }, key }),
  apiKeys: (signal?: AbortSignal) => ask<{ api_keys: ApiKey[] }>("/api-keys", { signal }),
  newApiKey: (body: { name: string; scope: Scope; expires_at?: string }) =>
    ask<NewApiKey>("/api-keys", { method: "POST", body }),
  revokeApiKey: (id: string) => ask<void>(`/api-keys/${at(id)}`, { method: "DELETE" }),
  sessions: (signal?: AbortSignal) => ask<{ sessions: BrowserSession[] }>("/sessions", { signal }),
  endSession: (id: string) => ask<void>(`/sessions/${at(id)}`, { method: "DELETE" }),
  notices: (signal?: AbortSignal) => ask<{ notices: Notice[] }>("/notices", { signal }),
};

export { NoAnswer, Problem };
