// What the page knows right now: one store, changed at most once per animation frame.
import { create } from "zustand";
import type {
  Account,
  BarRow,
  Change,
  Decision,
  Feed,
  Gauge,
  Kill,
  Notice,
  Order,
  Position,
  Price,
  Refusal,
  Snapshot,
  Strategy,
} from "../api/types";

const ORDERS_KEPT_MAX = 2_000;
const REFUSALS_KEPT_MAX = 50;
const NOTICES_KEPT_MAX = 50;
const DECISIONS_KEPT_MAX = 50;

/** connecting: first try. live: frames arrive. stale: they stopped. down: the socket is shut, trying again. */
export type StreamState = "connecting" | "live" | "stale" | "down";

export interface Live {
  portfolio: Account[] | null;
  positions: Position[] | null;
  orders: Record<string, Order> | null;
  strategies: Strategy[] | null;
  feeds: Feed[] | null;
  prices: Record<string, Price>;
  kill: Kill | null;
  notices: Notice[] | null;
  gauges: Gauge[] | null;
  refusals: Refusal[];
  decisions: Record<string, Decision[]>;
  /** Grows when some order filled further: lists of fills read again. */
  fillsSeen: number;
  stream: StreamState;
  /** When each feed's figures reached us (our clock), so that their age can go on growing here. */
  feedsHeardAt: Record<string, number>;
  /** Our clock at the last frame, and the server's clock in it. 0: none yet. */
  lastFrameAt: number;
  serverAt: number;
  latencyMs: number | null;
  reconnects: number;
  /** Set while what is shown comes from the last visit, not from the server: the instant it was true. */
  rememberedFrom: number | null;
}

export const NOTHING_YET: Live = {
  portfolio: null,
  positions: null,
  orders: null,
  strategies: null,
  feeds: null,
  prices: {},
  kill: null,
  notices: null,
  gauges: null,
  refusals: [],
  decisions: {},
  fillsSeen: 0,
  stream: "connecting",
  feedsHeardAt: {},
  lastFrameAt: 0,
  serverAt: 0,
  latencyMs: null,
  reconnects: 0,
  rememberedFrom: null,
};

export const useLive = create<Live>(() => NOTHING_YET);

type BarListener = (instrument: string, timeframe: string, bar: BarRow) => void;
const barListeners = new Set<BarListener>();

/** Hear of closed bars as they come. Returns the way to stop. */
export function onBar(listener: BarListener): () => void {
  barListeners.add(listener);
  return () => barListeners.delete(listener);
}

export function tellBars(changes: Change[]): void {
  for (const change of changes)
    if (change.topic === "bar")
      for (const listener of barListeners) listener(change.data.instrument, change.data.timeframe, change.data.bar);
}

/** Orders by id; an older version never overwrites a newer one. */
export function withOrders(known: Record<string, Order> | null, orders: Order[]): Record<string, Order> {
  const next = { ...known };
  for (const order of orders) {
    const old = next[order.id];
    if (!old || old.version <= order.version) next[order.id] = order;
  }
  const ids = Object.keys(next);
  if (ids.length <= ORDERS_KEPT_MAX) return next;
  const newest = Object.values(next).sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
  const keep = newest.filter((order, place) => place < ORDERS_KEPT_MAX || isOpen(order));
  return Object.fromEntries(keep.map((order) => [order.id, order]));
}

export function isOpen(order: Order): boolean {
  return ["pending", "sending", "unknown", "working", "cancel_pending"].includes(order.state);
}

export function afterSnapshot(live: Live, data: Snapshot, now: number): Partial<Live> {
  return {
    portfolio: data.portfolio,
    positions: data.positions,
    orders: withOrders(live.rememberedFrom === null ? live.orders : null, data.orders),
    strategies: data.strategies,
    feeds: data.feeds,
    feedsHeardAt: Object.fromEntries(data.feeds.map((feed) => [feed.feed, now])),
    prices: Object.fromEntries(data.prices.map((price) => [price.instrument, price])),
    kill: data.kill,
    notices: data.notices,
    gauges: data.gauges,
    fillsSeen: live.fillsSeen + 1,
    rememberedFrom: null,
  };
}

function replaced<T>(list: T[] | null, item: T, same: (other: T) => boolean): T[] {
  const known = list ?? [];
  return known.some(same) ? known.map((other) => (same(other) ? item : other)) : [...known, item];
}

/** The store after these changes, in their sequence. Pure: the same changes give the same store. */
export function afterChanges(live: Live, changes: Change[], now: number): Partial<Live> {
  const next: Live = { ...live };
  let orders: Order[] = [];
  let prices: Record<string, Price> | null = null;
  for (const change of changes) {
    switch (change.topic) {
      case "price":
        prices ??= { ...live.prices };
        prices[change.data.instrument] = change.data;
        break;
      case "order":
        orders.push(change.data);
        if ((live.orders?.[change.data.id]?.filled ?? "0") !== change.data.filled) next.fillsSeen += 1;
        break;
      case "refusal":
        next.refusals = [change.data, ...next.refusals.filter((old) => old.order !== change.data.order)].slice(
          0,
          REFUSALS_KEPT_MAX,
        );
        break;
      case "portfolio":
        next.portfolio = replaced(next.portfolio, change.data, (other) => other.account === change.data.account);
        break;
      case "positions":
        next.positions = [
          ...(next.positions ?? []).filter((other) => other.account !== change.data.account),
          ...change.data.positions,
        ];
        break;
      case "strategy":
        next.strategies = replaced(next.strategies, change.data, (other) => other.run === change.data.run);
        break;
      case "decision": {
        const known = next.decisions[change.data.run] ?? [];
        next.decisions = {
          ...next.decisions,
          [change.data.run]: [change.data, ...known.filter((old) => old.sequence !== change.data.sequence)].slice(
            0,
            DECISIONS_KEPT_MAX,
          ),
        };
        next.strategies =
          next.strategies?.map((run) => (run.run === change.data.run ? { ...run, last_decision: change.data } : run)) ??
          null;
        break;
      }
      case "feed":
        next.feeds = replaced(next.feeds, change.data, (other) => other.feed === change.data.feed);
        next.feedsHeardAt = { ...next.feedsHeardAt, [change.data.feed]: now };
        break;
      case "kill":
        next.kill = change.data;
        break;
      case "notice":
        next.notices = [change.data, ...(next.notices ?? []).filter((old) => old.id !== change.data.id)].slice(
          0,
          NOTICES_KEPT_MAX,
        );
        break;
      case "gauges":
        next.gauges = change.data;
        break;
      case "bar":
        break; // bars go to the chart that listens; see tellBars
    }
  }
  if (prices) next.prices = prices;
  if (orders.length > 0) next.orders = withOrders(next.orders, orders);
  return next;
}

const REMEMBERED_AT = "jts.last_seen";

/** The last picture, for an offline reload of this tab: session storage, so that it ends with the tab. */
export function remember(): void {
  const live = useLive.getState();
  if (live.portfolio === null || live.rememberedFrom !== null || live.serverAt === 0) return;
  const orders = Object.values(live.orders ?? {})
    .sort((a, b) => (a.created_at < b.created_at ? 1 : -1))
    .slice(0, 100);
  const picture = {
    at: live.serverAt,
    data: {
      portfolio: live.portfolio,
      positions: live.positions ?? [],
      orders,
      strategies: live.strategies ?? [],
      feeds: live.feeds ?? [],
      prices: Object.values(live.prices),
      kill: live.kill,
      notices: live.notices ?? [],
      gauges: live.gauges ?? [],
    },
  };
  try {
    sessionStorage.setItem(REMEMBERED_AT, JSON.stringify(picture));
  } catch {
    // No room: an offline reload will be empty, and says so.
  }
}

export function recall(): void {
  try {
    const picture = JSON.parse(sessionStorage.getItem(REMEMBERED_AT) ?? "null") as { at: number; data: Snapshot } | null;
    if (!picture) return;
    useLive.setState({
      ...afterSnapshot(NOTHING_YET, picture.data, picture.at),
      rememberedFrom: picture.at,
      stream: "connecting",
    });
  } catch {
    sessionStorage.removeItem(REMEMBERED_AT);
  }
}

/** Everything of the person who signed out. */
export function forget(): void {
  sessionStorage.removeItem(REMEMBERED_AT);
  useLive.setState({ ...NOTHING_YET }, true);
}
