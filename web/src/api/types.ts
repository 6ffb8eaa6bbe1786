// The nouns of the page, as the gateway sends them. Exact numbers are text; instants are ISO text with nanoseconds.

/** An exact decimal number as text: `"71200"`, `"0.00012"`. Never goes through a float on its way to the screen. */
export type Exact = string;
/** An instant, `2026-11-22T15:56:01.123456789Z`. */
export type Instant = string;

export type Scope = "read" | "trade" | "owner";
export type Side = "buy" | "sell";
export type OrderKind = "market" | "limit" | "stop" | "stop_limit";
export type Timing = "now" | "at_open" | "at_close";
export type TimeInForce = "gtc" | "day" | "ioc" | "fok";
export type OrderState =
  | "pending"
  | "sending"
  | "unknown"
  | "working"
  | "cancel_pending"
  | "filled"
  | "cancelled"
  | "rejected"
  | "expired";
export type FeedState = "live" | "delayed" | "stale" | "down" | "ended";
export type SessionState = "open" | "closed" | "halted";
export type RunState = "warming" | "running" | "stopped" | "failed";
export type KillAct = "freeze" | "cancel" | "flatten";

export interface Session {
  name: string;
  scope: Scope;
  csrf: string;
  expires_at: Instant;
}

export interface Health {
  status: "ok" | "degraded" | "starting";
  version: string;
  profile: string;
  started_at: Instant;
  components: Record<string, { state: string; detail: string }>;
}

export interface CurrencyFigures {
  currency: string;
  cash: Exact;
  positions: Exact;
  equity: Exact;
  realised: Exact;
  unrealised: Exact;
  fees: Exact;
  today: Exact;
  deposits: Exact;
}

export interface Account {
  account: string;
  kind: "paper" | "live";
  broker: string;
  at: Instant;
  currencies: CurrencyFigures[];
}

export interface Position {
  account: string;
  instrument: string;
  name: string;
  currency: string;
  quantity: Exact;
  average_cost: Exact;
  mark: Exact | null;
  marked_at: Instant | null;
  value: Exact;
  realised: Exact;
  unrealised: Exact;
  fees: Exact;
  opened_at: Instant | null;
  updated_at: Instant;
}

export interface Fill {
  id: string;
  order: string;
  account: string;
  instrument: string;
  side: Side;
  quantity: Exact;
  price: Exact;
  notional: Exact;
  fee: Exact;
  tax: Exact;
  currency: string;
  at: Instant;
  received_at: Instant;
}

export interface OrderSource {
  origin: "person" | "strategy" | "kill_switch" | "external";
  actor: string;
  run: string | null;
  plan: string;
  rule: string;
  because: string;
  values: Record<string, string>;
}

export interface Order {
  id: string;
  intent: string;
  account: string;
  instrument: string;
  side: Side;
  kind: OrderKind;
  quantity: Exact;
  limit_price: Exact | null;
  stop_price: Exact | null;
  timing: Timing;
  time_in_force: TimeInForce;
  reduce_only: boolean;
  state: OrderState;
  state_reason: string;
  state_since: Instant;
  filled: Exact;
  leaves: Exact;
  average_price: Exact;
  venue_order_id: string | null;
  created_at: Instant;
  updated_at: Instant;
  correlation_id: string;
  version: number;
  source: OrderSource;
}

export interface LifeEvent {
  kind: string;
  version: number;
  at: Instant;
  since_start_ms: number;
  correlation_id: string;
  causation_id: string | null;
  fields: Record<string, string>;
}

export interface Life {
  order: Order;
  events: LifeEvent[];
}

export interface NewOrder {
  account: string;
  instrument: string;
  side: Side;
  kind: OrderKind;
  quantity: Exact;
  limit_price?: Exact;
  stop_price?: Exact;
  timing?: Timing;
  time_in_force?: TimeInForce;
  reduce_only?: boolean;
}

export interface OrderTaken {
  order: string;
  intent: string;
  state: string;
  approval: { id: string; expires_at: Instant } | null;
  correlation_id: string;
}

export interface Reference {
  price: Exact;
  at: Instant;
  received_at: Instant;
  session: SessionState;
  stale: boolean;
}

export interface Instrument {
  id: string;
  venue: string;
  name: string;
  kind: string;
  currency: string;
  price_scale: number;
  quantity_scale: number;
  lot: Exact;
  minimum_quantity: Exact;
  minimum_notional: Exact;
  calendar: string;
  reference: Reference | null;
}

export interface TickGrid {
  tick: Exact;
  down: Exact;
  up: Exact;
}

/** open_ms, open, high, low, close, volume. For drawing only; money never comes from here. */
export type BarRow = [number, number, number, number, number, number];

export interface Bars {
  instrument: string;
  timeframe: string;
  price_scale: number;
  bars: BarRow[];
}

export interface Series {
  instrument: string;
  timeframe: string;
  count: number;
  first_at: Instant;
  last_at: Instant;
  grade: string;
  findings: Record<string, number>;
  source: string;
}

export interface Feed {
  feed: string;
  broker: string;
  instruments: string[];
  state: FeedState;
  is_recorded: boolean;
  description: string;
  speed: number | null;
  last_message_at: Instant | null;
  age_ms: number | null;
  messages: number;
}

export interface Decision {
  run: string;
  sequence: number;
  bar_open_at: Instant;
  at: Instant;
  outcome: string;
  rule: string;
  because: string;
  values: Record<string, string>;
  orders: string[];
}

export interface Strategy {
  run: string;
  name: string;
  account: string;
  instrument: string;
  timeframe: string;
  state: RunState;
  message: string;
  plan: string;
  text: string;
  parameters: Record<string, string>;
  started_at: Instant;
  bars_seen: number;
  bars_needed: number;
  quantity: Exact;
  realised: Exact;
  last_decision: Decision | null;
}

export interface Diagnostic {
  code: string;
  severity: string;
  line: number;
  column: number;
  end_line: number;
  end_column: number;
  message: string;
  excerpt: string;
  hint: string;
}

export interface Gauge {
  control: string;
  account: string;
  subject: string;
  limit: string;
  used: string;
  reserved: string;
  share: Exact | number | null;
}

export interface Kill {
  engaged: boolean;
  acts: KillAct[];
  account: string | null;
  by: string;
  reason: string;
  at: Instant | null;
}

export interface ApiKey {
  id: string;
  prefix: string;
  name: string;
  scope: Scope;
  created_at: Instant;
  expires_at: Instant | null;
  last_used_at?: Instant | null;
  revoked_at?: Instant | null;
}

export interface NewApiKey extends ApiKey {
  key: string;
}

export interface BrowserSession {
  id: string;
  name: string;
  scope: Scope;
  created_at: Instant;
  expires_at: Instant;
  last_seen_at: Instant;
  is_current?: boolean;
}

export interface Notice {
  id: string;
  at: Instant;
  severity: "info" | "warning" | "critical";
  subject: string;
  text: string;
  values: Record<string, string>;
}

export interface Price {
  instrument: string;
  price: Exact;
  at: Instant;
  received_at: Instant;
  session: SessionState;
  /** Change against the previous close as a fraction in text, null where there is none. */
  change: Exact | null;
}

export interface Refusal {
  order: string;
  intent: string;
  account: string;
  control: string;
  limit: string;
  value: string;
  message: string;
  at: Instant;
  source: OrderSource;
  instrument: string;
  side: Side;
  quantity: Exact;
}

export interface EquityPoint {
  at: Instant;
  equity: Exact;
}

export interface Snapshot {
  portfolio: Account[];
  positions: Position[];
  orders: Order[];
  strategies: Strategy[];
  feeds: Feed[];
  prices: Price[];
  kill: Kill;
  notices: Notice[];
  gauges: Gauge[];
}

export type Change =
  | { topic: "price"; data: Price }
  | { topic: "order"; data: Order }
  | { topic: "refusal"; data: Refusal }
  | { topic: "portfolio"; data: Account }
  | { topic: "positions"; data: { account: string; positions: Position[] } }
  | { topic: "bar"; data: { instrument: string; timeframe: string; bar: BarRow } }
  | { topic: "strategy"; data: Strategy }
  | { topic: "decision"; data: Decision }
  | { topic: "feed"; data: Feed }
  | { topic: "kill"; data: Kill }
  | { topic: "notice"; data: Notice }
  | { topic: "gauges"; data: Gauge[] };

export type Frame =
  | { type: "snapshot"; sequence: number; at: Instant; data: Snapshot }
  | { type: "delta"; sequence: number; at: Instant; changes: Change[] }
  | { type: "heartbeat"; sequence: number; at: Instant };
