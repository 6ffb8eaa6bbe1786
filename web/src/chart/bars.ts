// Bars for drawing: what the server stored, the closed ones that arrive, and the one that is forming now.
import type { BarRow, Fill } from "../api/types";
import { forDrawing } from "../numbers/exact";
import { millis, type Zone } from "../numbers/time";

/** A candle in the chart's terms: `time` in seconds, shifted so that the library's UTC reads as the chosen zone. */
export interface Candle {
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

const UNITS_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

export function lengthMs(timeframe: string): number {
  const found = /^(\d+)([smhdw])$/.exec(timeframe);
  return found ? Number(found[1]) * UNITS_MS[found[2]!]! : UNITS_MS["d"]!;
}

export function zoneShiftS(zone: Zone): number {
  return zone === "KST" ? 9 * 3_600 : 0;
}

export function candle([openMs, open, high, low, close, volume]: BarRow, shiftS: number): Candle {
  return { time: Math.floor(openMs / 1000) + shiftS, open, high, low, close, volume };
}

/** Oldest first, one per opening; of two with one opening the later one given wins. */
export function merged(older: BarRow[], newer: BarRow[]): BarRow[] {
  const byOpening = new Map<number, BarRow>();
  for (const bar of older) byOpening.set(bar[0], bar);
  for (const bar of newer) byOpening.set(bar[0], bar);
  return [...byOpening.values()].sort((a, b) => a[0] - b[0]);
}

/** Where the bar that holds this instant opened, on the grid of the last known bar. */
export function openingOf(atMs: number, lastOpenMs: number, stepMs: number): number {
  return lastOpenMs + Math.floor((atMs - lastOpenMs) / stepMs) * stepMs;
}

/** The forming bar after one more price; null when the price is older than the last finished bar. */
export function formed(forming: BarRow | null, lastClosed: BarRow, stepMs: number, atMs: number, price: string): BarRow | null {
  const opening = openingOf(atMs, lastClosed[0], stepMs);
  if (opening <= lastClosed[0]) return forming;
  const value = forDrawing(price);
  if (!forming || forming[0] < opening) return [opening, value, value, value, value, 0];
  if (forming[0] > opening) return forming;
  return [opening, forming[1], Math.max(forming[2], value), Math.min(forming[3], value), value, forming[5]];
}

/** The opening of the bar in which a fill happened, or null if it lies before the first bar shown. */
export function barOfFill(fill: Fill, bars: BarRow[], stepMs: number): number | null {
  const at = millis(fill.at);
  let low = 0;
  let high = bars.length - 1;
  if (bars.length === 0 || at < bars[0]![0]) return null;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (bars[middle]![0] <= at) low = middle;
    else high = middle - 1;
  }
  const found = bars[low]!;
  return at < found[0] + stepMs || low < bars.length - 1 ? found[0] : openingOf(at, found[0], stepMs);
}
