// The nouns of the page: the gateway's forms under the trader's names, narrowed where the page takes them apart.
import type * as Schema from "./schema";

/** An exact decimal number as text: `"71200"`, `"0.00012"`. Never goes through a float on its way to the screen. */
export type Exact = string;
/** An instant, `2026-11-22T15:56:01.123456789Z`. */
export type Instant = string;

export type Scope = Schema.Scope;
export type Side = Schema.Side;
export type OrderKind = Schema.OrderKind;
export type Timing = Schema.Timing;
export type TimeInForce = Schema.TimeInForce;
export type FeedState = Schema.FeedState;
export type SessionState = Schema.SessionState;
export type RunState = Schema.RunState;
export type KillAct = Schema.KillAct;
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

type Narrowed<Form, Narrow> = Omit<Form, keyof Narrow> & Narrow;

export type Session = Schema.WhoForm;
export type Health = Narrowed<Schema.HealthForm, { status: "ok" | "degraded" | "starting" }>;
export type CurrencyFigures = Schema.CurrencyForm;
export type Account = Narrowed<Schema.AccountForm, { kind: "paper" | "live" }>;
export type Position = Schema.PositionForm;
export type Fill = Schema.FillForm;
export type OrderSource = Schema.SourceForm;
export type Order = Narrowed<Schema.OrderForm, { state: OrderState }>;
export type LifeEvent = Schema.OrderEventForm;
export type Life = Narrowed<Schema.OrderLifeForm, { order: Order }>;
export type NewOrder = Schema.OrderTicket;
export type OrderTaken = Schema.OrderAcceptedForm;
export type Instrument = Schema.InstrumentForm;
export type TickGrid = Schema.TickForm;
/** open_ms, open, high, low, close, volume. For drawing only; money never comes from here. */
export type BarRow = [number, number, number, number, number, number];
export type Bars = Narrowed<Schema.BarsForm, { bars: BarRow[] }>;
export type Series = Schema.SeriesForm;
export type Feed = Schema.FeedForm;
export type Decision = Schema.DecisionForm;
export type Strategy = Schema.StrategyForm;
export type Diagnostic = Schema.DiagnosticForm;
export type Gauge = Schema.GaugeForm;
export type Kill = Schema.KillForm;
export type ApiKey = Schema.ApiKeyForm;
export type NewApiKey = Schema.NewApiKeyForm;
export type BrowserSession = Schema.SessionForm;
export type Notice = Schema.NoticeForm;
/** `change` is the change against the previous close as a fraction in text, null where there is none. */
export type Price = Schema.PriceForm;
export type Refusal = Schema.RefusalForm;
export type EquityPoint = Schema.EquityPointForm;

export interface Snapshot {
  portfolio: Account[];
  positions: Position[];
  orders: Order[];
  strategies: Strategy[];
  feeds: Feed[];
  prices: Price[];
  kill: Kill | null;
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
