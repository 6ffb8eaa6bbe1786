// The page's nouns read over REST into the live store: the stream keeps them fresh, this fills them and heals them.
import { useMemo } from "react";
import { api } from "../api/client";
import type { Fill, Instrument, Order } from "../api/types";
import { useResource, useThrottled, type Resource } from "../parts/resource";
import { useLive, withOrders } from "./live";

const FILLS_EVERY_MS = 1_000;

/** Read once per visit of a screen, and again after each reconnection, which may have hidden something from us. */
function useReadInto(name: string, read: (signal: AbortSignal) => Promise<void>): Resource<unknown> {
  const reconnects = useLive((live) => live.reconnects);
  return useResource(`${name}#${reconnects}`, read);
}

export function usePortfolio(): Resource<unknown> {
  return useReadInto("portfolio", async (signal) => {
    const { accounts } = await api.portfolio(signal);
    useLive.setState({ portfolio: accounts });
  });
}

export function usePositions(): Resource<unknown> {
  return useReadInto("positions", async (signal) => {
    const { positions } = await api.positions(signal);
    useLive.setState({ positions });
  });
}

export function useStrategies(): Resource<unknown> {
  return useReadInto("strategies", async (signal) => {
    const { strategies } = await api.strategies(signal);
    useLive.setState({ strategies });
  });
}

export function useRisk(): Resource<unknown> {
  return useReadInto("risk", async (signal) => {
    const { gauges, kill } = await api.risk(signal);
    useLive.setState({ gauges, kill });
  });
}

export function useFeeds(): Resource<unknown> {
  return useReadInto("feeds", async (signal) => {
    const { feeds } = await api.feeds(signal);
    const now = Date.now();
    useLive.setState({ feeds, feedsHeardAt: Object.fromEntries(feeds.map((feed) => [feed.feed, now])) });
  });
}

/** The newest orders; `older` reads one more page. */
export function useOrders(isOpenOnly: boolean): Resource<unknown> {
  return useReadInto(isOpenOnly ? "orders-open" : "orders-all", async (signal) => {
    const { orders } = await api.orders({ ...(isOpenOnly ? { open: true } : {}), limit: 200 }, signal);
    keepOrders(orders);
  });
}

export function keepOrders(orders: Order[]): void {
  useLive.setState((live) => ({ orders: withOrders(live.orders, orders) }));
}

/** Fills, newest first; read again (at most once a second) when an order filled further. */
export function useFills(limit: number): Resource<{ fills: Fill[] }> {
  const seen = useThrottled(useLive((live) => live.fillsSeen), FILLS_EVERY_MS);
  return useResource(`fills-${limit}#${seen}`, (signal) => api.fills(limit, signal));
}

export interface Instruments {
  resource: Resource<{ instruments: Instrument[] }>;
  list: Instrument[];
  byId: Map<string, Instrument>;
}

export function useInstruments(): Instruments {
  const resource = useResource("instruments", (signal) => api.instruments(signal));
  return useMemo(() => {
    const list = resource.data?.instruments ?? [];
    return { resource, list, byId: new Map(list.map((each) => [each.id, each])) };
  }, [resource]);
}
