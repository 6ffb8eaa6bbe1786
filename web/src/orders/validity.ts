// What can be wrong with a ticket before it is sent. The server decides; this saves a round trip and explains.
import { compare, isMultiple, multiply, parse, plain, type Decimal } from "../numbers/exact";
import type { Instrument, OrderKind, TickGrid } from "../api/types";

export interface Draft {
  account: string;
  instrument: string;
  side: "buy" | "sell";
  kind: OrderKind;
  quantity: string;
  limitPrice: string;
  stopPrice: string;
  timing: "now" | "at_open" | "at_close";
  validity: "gtc" | "day" | "ioc" | "fok";
  reduceOnly: boolean;
}

export const wantsLimit = (kind: OrderKind): boolean => kind === "limit" || kind === "stop_limit";
export const wantsStop = (kind: OrderKind): boolean => kind === "stop" || kind === "stop_limit";

const ZERO: Decimal = { units: 0n, scale: 0 };

export function isPositive(text: string): boolean {
  const value = parse(text);
  return value !== null && compare(value, ZERO) > 0;
}

export function isOnLot(quantity: string, lot: string): boolean {
  const value = parse(quantity);
  const step = parse(lot);
  return value !== null && compare(value, ZERO) > 0 && (step === null || isMultiple(value, step));
}

export function isOnTick(price: string, grid: TickGrid): boolean {
  const value = parse(price);
  const step = parse(grid.tick);
  return value !== null && (step === null || isMultiple(value, step));
}

/** Price times quantity, exact; null while one is missing. */
export function notional(price: string | null | undefined, quantity: string): string | null {
  const p = parse(price);
  const q = parse(quantity);
  return p && q ? plain(multiply(p, q)) : null;
}

/** The price per unit the order is reckoned at: its limit, else its trigger, else the market. */
export function reckonedPrice(draft: Draft, last: string | null): string | null {
  if (wantsLimit(draft.kind) && isPositive(draft.limitPrice)) return draft.limitPrice;
  if (wantsStop(draft.kind) && isPositive(draft.stopPrice)) return draft.stopPrice;
  return last;
}

export type Fault = "instrument" | "account" | "quantity" | "limit_price" | "stop_price" | "limit_tick" | "stop_tick";

/** The first fault in the sequence of the form, or null. */
export function firstFault(
  draft: Draft,
  instrument: Instrument | undefined,
  grids: { limit: TickGrid | null; stop: TickGrid | null },
): Fault | null {
  if (!instrument) return "instrument";
  if (!draft.account) return "account";
  if (!isOnLot(draft.quantity, instrument.lot)) return "quantity";
  if (wantsLimit(draft.kind)) {
    if (!isPositive(draft.limitPrice)) return "limit_price";
    if (grids.limit && !isOnTick(draft.limitPrice, grids.limit)) return "limit_tick";
  }
  if (wantsStop(draft.kind)) {
    if (!isPositive(draft.stopPrice)) return "stop_price";
    if (grids.stop && !isOnTick(draft.stopPrice, grids.stop)) return "stop_tick";
  }
  return null;
}
