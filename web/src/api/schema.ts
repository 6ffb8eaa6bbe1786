// Made from the gateway's OpenAPI by `npm run api`. Do not edit: change the gateway's forms and make it again.

/** One account as a whole. */
export interface AccountForm {
  account: string;
  kind: string;
  broker: string;
  at: string;
  currencies: CurrencyForm[];
}

/** All positions of one account, as the stream says them. */
export interface AccountPositionsForm {
  account: string;
  positions: PositionForm[];
}

/** A key for scripts, without its secret. */
export interface ApiKeyForm {
  id: string;
  prefix: string;
  name: string;
  scope: Scope;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
}

/** A key to make. */
export interface ApiKeyRequest {
  name: string;
  scope: Scope;
  expires_at?: string | null;
}

/** Every key, newest first, the revoked ones too. */
export interface ApiKeysForm {
  api_keys: ApiKeyForm[];
}

/** Risk's approval of an order. */
export interface ApprovalForm {
  id: string;
  expires_at: string;
}

/** The newest entry of the audit chain: write it down elsewhere, and no past can be changed unseen. */
export interface AuditHeadForm {
  sequence: number;
  hash: string;
  at: string;
}

/** Finished bars, oldest first. Numbers, for drawing; orders are never made from them. */
export interface BarsForm {
  instrument: string;
  timeframe: string;
  price_scale: number;
  bars: number[][];
}

/** The orders for which a cancel was sent. */
export interface CancelManyForm {
  orders: OrderForm[];
}

/** A cancel is on its way; the outcome arrives as an event. */
export interface CancelOneForm {
  order: OrderForm;
}

/** Which open orders should end. Nothing named means all of them. */
export interface CancelScope {
  account?: string | null;
  instrument?: string | null;
  run?: string | null;
}

/** What the checker found. `ok`: it may run (there may be warnings). */
export interface CheckForm {
  ok: boolean;
  diagnostics: DiagnosticForm[];
}

/** A program to check. */
export interface CheckRequest {
  text: string;
}

/** A bar that has just closed, as the stream says it. */
export interface ClosedBarForm {
  instrument: string;
  timeframe: string;
  bar: number[];
}

/** One part of the platform. */
export interface ComponentForm {
  state: string;
  detail: string;
}

/** One currency of an account. */
export interface CurrencyForm {
  currency: string;
  cash: string;
  positions: string;
  equity: string;
  realised: string;
  unrealised: string;
  fees: string;
  today: string;
  deposits: string;
}

/** What a program made of one instant. */
export interface DecisionForm {
  run: string;
  sequence: number;
  bar_open_at: string;
  at: string;
  outcome: string;
  rule: string;
  because: string;
  values: Record<string, string>;
  orders: string[];
}

/** Decisions, newest first. */
export interface DecisionsForm {
  decisions: DecisionForm[];
}

/** One finding of the checker. */
export interface DiagnosticForm {
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

/** The equity curve of one currency of one account, oldest first. */
export interface EquityForm {
  points: EquityPointForm[];
}

/** Equity at an instant. */
export interface EquityPointForm {
  at: string;
  equity: string;
}

/** One stream of market data: its state, its age, and what it truly is. */
export interface FeedForm {
  feed: string;
  broker: string;
  instruments: string[];
  state: FeedState;
  is_recorded: boolean;
  description: string;
  speed: number | null;
  last_message_at: string | null;
  age_ms: number | null;
  messages: number;
}

/** How far a stream of market data can be trusted. */
export type FeedState = "live" | "delayed" | "stale" | "down" | "ended";

/** Every feed. */
export interface FeedsForm {
  feeds: FeedForm[];
}

/** One execution: a fact. */
export interface FillForm {
  id: string;
  order: string;
  account: string;
  instrument: string;
  side: Side;
  quantity: string;
  price: string;
  notional: string;
  fee: string;
  tax: string;
  currency: string;
  at: string;
  received_at: string;
}

/** Fills, newest first. */
export interface FillsForm {
  fills: FillForm[];
}

/** One control as a person reads it. Texts carry their unit. */
export interface GaugeForm {
  control: string;
  account: string;
  subject: string;
  limit: string;
  used: string;
  reserved: string;
  share: string | null;
}

/** Whether the platform is well. Open to everyone, so it names no account and no figure. */
export interface HealthForm {
  status: string;
  version: string;
  profile: string;
  started_at: string;
  components: Record<string, ComponentForm>;
}

/** Something that can be traded, and its grids. */
export interface InstrumentForm {
  id: string;
  venue: string;
  name: string;
  kind: string;
  currency: string;
  price_scale: number;
  quantity_scale: number;
  lot: string;
  minimum_quantity: string;
  minimum_notional: string;
  calendar: string;
  reference: ReferenceForm | null;
}

/** Every instrument we know. */
export interface InstrumentsForm {
  instruments: InstrumentForm[];
}

/** Freeze: no new orders (reducing ones excepted while flattening). Cancel: end all working orders. Flatten: close all. */
export type KillAct = "freeze" | "cancel" | "flatten";

/** The kill switch: latched until a person resets it. */
export interface KillForm {
  engaged: boolean;
  acts: KillAct[];
  account: string | null;
  by: string;
  reason: string;
  at: string | null;
}

/** Freeze new orders, cancel working ones, flatten positions: any of the three. */
export interface KillRequest {
  acts: KillAct[];
  account?: string | null;
  reason?: string;
}

/** A fresh key. This is the only time its secret is shown. */
export interface NewApiKeyForm {
  id: string;
  prefix: string;
  name: string;
  scope: Scope;
  created_at: string;
  expires_at: string | null;
  key: string;
}

/** One thing a person should know. */
export interface NoticeForm {
  id: string;
  at: string;
  severity: Severity;
  subject: string;
  text: string;
  values: Record<string, string>;
}

/** Notices, newest first. */
export interface NoticesForm {
  notices: NoticeForm[];
}

/** Risk has approved and reserved; the order is on its way. Follow it by its id. */
export interface OrderAcceptedForm {
  order: string;
  intent: string;
  state: string;
  approval: ApprovalForm;
  correlation_id: string;
}

/** One fact in the life of an order. */
export interface OrderEventForm {
  kind: string;
  version: number;
  at: string;
  since_start_ms: number;
  correlation_id: string;
  causation_id: string;
  fields: Record<string, string>;
}

/** One order: its terms, what became of it, and who wished for it. */
export interface OrderForm {
  id: string;
  intent: string;
  account: string;
  instrument: string;
  side: Side;
  kind: OrderKind;
  quantity: string;
  limit_price: string | null;
  stop_price: string | null;
  timing: Timing;
  time_in_force: TimeInForce;
  reduce_only: boolean;
  state: string;
  state_reason: string;
  state_since: string;
  filled: string;
  leaves: string;
  average_price: string;
  venue_order_id: string | null;
  created_at: string;
  updated_at: string;
  correlation_id: string;
  version: number;
  source: SourceForm;
}

export type OrderKind = "market" | "limit" | "stop" | "stop_limit";

/** An order and every fact of its life, oldest first. */
export interface OrderLifeForm {
  order: OrderForm;
  events: OrderEventForm[];
}

/** A wish for an order. Numbers are exact: give them as text. */
export interface OrderTicket {
  account: string;
  instrument: string;
  side: Side;
  kind: OrderKind;
  quantity: string;
  limit_price?: string | null;
  stop_price?: string | null;
  timing?: Timing;
  time_in_force?: TimeInForce;
  reduce_only?: boolean;
}

/** A page of orders, newest first. */
export interface OrdersForm {
  orders: OrderForm[];
  next: string | null;
}

export type Origin = "person" | "strategy" | "kill_switch" | "external";

/** Every account. */
export interface PortfolioForm {
  accounts: AccountForm[];
}

/** One position. */
export interface PositionForm {
  account: string;
  instrument: string;
  name: string;
  currency: string;
  quantity: string;
  average_cost: string;
  mark: string | null;
  marked_at: string | null;
  value: string;
  realised: string;
  unrealised: string;
  fees: string;
  opened_at: string | null;
  updated_at: string;
}

/** Positions of one account or of all. */
export interface PositionsForm {
  positions: PositionForm[];
}

/** The newest price of an instrument, as the stream says it. */
export interface PriceForm {
  instrument: string;
  price: string;
  at: string;
  received_at: string;
  session: SessionState;
  change: string | null;
}

/** What is wrong with one field. */
export interface ProblemField {
  field: string;
  message: string;
}

/** Any answer that is not a yes (application/problem+json). */
export interface ProblemForm {
  type: string;
  title: string;
  status: number;
  detail: string;
  correlation_id: string;
  errors: ProblemField[];
  control: string | null;
  limit: string | null;
  value: string | null;
}

/** The newest print of an instrument, and whether it may be believed. */
export interface ReferenceForm {
  price: string;
  at: string;
  received_at: string;
  session: SessionState;
  stale: boolean;
}

/** Risk said no to a wish. */
export interface RefusalForm {
  order: string;
  intent: string;
  account: string;
  control: string;
  limit: string;
  value: string;
  message: string;
  at: string;
  source: SourceForm;
  instrument: string;
  side: Side;
  quantity: string;
}

/** Let trading begin again. */
export interface ResetRequest {
  reason: string;
}

/** Every gauge, and the kill switch. */
export interface RiskForm {
  gauges: GaugeForm[];
  kill: KillForm;
}

/** `warming`: not enough history yet. `failed`: it stopped on an error, shown in `message`. */
export type RunState = "warming" | "running" | "stopped" | "failed";

/** What a key or session may do. Each includes the ones before it: read < trade < owner. */
export type Scope = "read" | "trade" | "owner";

/** One stored series of bars, and its grade. */
export interface SeriesForm {
  instrument: string;
  timeframe: string;
  count: number;
  first_at: string;
  last_at: string;
  grade: string;
  findings: Record<string, number>;
  source: string;
}

/** Every stored series. */
export interface SeriesListForm {
  series: SeriesForm[];
}

/** A signed-in browser. */
export interface SessionForm {
  id: string;
  name: string;
  scope: Scope;
  created_at: string;
  expires_at: string;
  last_seen_at: string;
  current: boolean;
}

/** Whether a venue takes and matches orders now. */
export type SessionState = "open" | "closed" | "halted";

/** Every session that still opens the door, newest first. */
export interface SessionsForm {
  sessions: SessionForm[];
}

/** Critical wakes a person, warning is for the morning, info tells the story. */
export type Severity = "info" | "warning" | "critical";

export type Side = "buy" | "sell";

/** A fresh one-time link. Earlier unused ones stop working. */
export interface SignInLinkForm {
  path: string;
}

/** Who wished for an order, and why. */
export interface SourceForm {
  origin: Origin;
  actor: string;
  run: string | null;
  plan: string;
  rule: string;
  because: string;
  values: Record<string, string>;
}

/** Run this program on this account. */
export interface StartRequest {
  run: string;
  account: string;
  text: string;
  parameters?: Record<string, unknown>;
}

/** What the platform is doing, in one look. */
export interface StatusForm {
  version: string;
  profile: string;
  started_at: string;
  at: string;
  uptime_s: number;
  accounts: AccountForm[];
  feeds: FeedForm[];
  strategies: StrategyForm[];
  orders_open: number;
  orders_unknown: number;
  kill: KillForm;
  home: string;
}

/** How to stop. */
export interface StopRequest {
  flatten?: boolean;
}

/** Every run. */
export interface StrategiesForm {
  strategies: StrategyForm[];
}

/** One strategy at work on one account. */
export interface StrategyForm {
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
  started_at: string;
  bars_seen: number;
  bars_needed: number;
  quantity: string;
  realised: string;
  last_decision: DecisionForm | null;
}

/** The price grid around a price. */
export interface TickForm {
  tick: string;
  down: string;
  up: string;
}

export type TimeInForce = "gtc" | "day" | "ioc" | "fok";

/** When the order may first trade: at once, in the next opening, or in this session's closing. */
export type Timing = "now" | "from_open" | "at_open" | "at_close";

/** Who is asking. */
export interface WhoForm {
  name: string;
  scope: Scope;
  csrf: string;
  expires_at: string | null;
}
