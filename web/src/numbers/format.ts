// How figures are written for people: won without decimals, 만/억 in Korean, signs that do not rest on colour.
import { add, compare, grouped, parse, plain, round, sign, trimmed, type Decimal } from "./exact";

export type Language = "ko" | "en";

const MONEY_PLACES: Record<string, number> = { KRW: 0, JPY: 0, USD: 2, EUR: 2, USDT: 2, USDC: 2, BTC: 8, ETH: 8 };
export const NO_FIGURE = "–";

/** Money to the places of its currency. The exact text belongs in a title beside it. */
export function money(text: string | null | undefined, currency: string): string {
  const value = parse(text);
  return value === null ? NO_FIGURE : grouped(round(value, MONEY_PLACES[currency] ?? 2));
}

/** Profit: always with its sign. */
export function signedMoney(text: string | null | undefined, currency: string): string {
  const value = parse(text);
  if (value === null) return NO_FIGURE;
  const shown = round(value, MONEY_PLACES[currency] ?? 2);
  return `${sign(shown) > 0 ? "+" : ""}${grouped(shown)}`;
}

/** A quantity or a price as it is, with commas. */
export function exactly(text: string | null | undefined): string {
  const value = parse(text);
  return value === null ? NO_FIGURE : grouped(trimmed(value));
}

/** A price with exactly the decimals of its instrument, so that columns line up. */
export function price(text: string | null | undefined, scale?: number): string {
  const value = parse(text);
  if (value === null) return NO_FIGURE;
  if (scale === undefined || trimmed(value).scale > scale) return grouped(trimmed(value));
  return grouped(round(value, scale));
}

/** An average: to at most `scale` + 2 decimals. */
export function average(text: string | null | undefined, scale: number): string {
  const value = parse(text);
  return value === null ? NO_FIGURE : grouped(trimmed(round(value, scale + 2)));
}

/** A fraction as a percentage with its sign: 0.0123 is +1.23 %. */
export function signedPercent(text: string | number | null | undefined): string {
  const value = parse(text === null || text === undefined ? null : String(text));
  if (value === null) return NO_FIGURE;
  const shown = round({ units: value.units * 100n, scale: value.scale }, 2);
  return `${sign(shown) > 0 ? "+" : ""}${grouped(shown)}%`;
}

export function wholePercent(text: string | number | null): string {
  const value = parse(text === null ? null : String(text));
  return value === null ? NO_FIGURE : `${grouped(round({ units: value.units * 100n, scale: value.scale }, 0))}%`;
}

const KOREAN_STEPS: [bigint, string][] = [
  [1_0000_0000_0000n, "조"],
  [1_0000_0000n, "억"],
  [1_0000n, "만"],
];
const WESTERN_STEPS: [bigint, string][] = [
  [1_000_000_000n, "B"],
  [1_000_000n, "M"],
  [1_000n, "K"],
];

/** Short, for axes and phones: 1억 2,345만, 12.3M. */
export function compact(text: string | null | undefined, language: Language): string {
  const value = parse(text);
  if (value === null) return NO_FIGURE;
  const minus = value.units < 0n ? "−" : "";
  const whole = round({ units: value.units < 0n ? -value.units : value.units, scale: value.scale }, 0).units;
  if (language === "ko") {
    const [step, word] = KOREAN_STEPS.find(([size]) => whole >= size) ?? [1n, ""];
    if (word === "") return `${minus}${smallOrExact(value)}`;
    const next = KOREAN_STEPS[KOREAN_STEPS.findIndex(([size]) => size === step) + 1];
    const rest = next ? (whole % step) / next[0] : 0n;
    const head = grouped({ units: whole / step, scale: 0 });
    return `${minus}${head}${word}${next && rest > 0n ? ` ${grouped({ units: rest, scale: 0 })}${next[1]}` : ""}`;
  }
  const [step, word] = WESTERN_STEPS.find(([size]) => whole >= size) ?? [1n, ""];
  if (word === "") return `${minus}${smallOrExact(value)}`;
  return `${minus}${grouped(trimmed({ units: (whole * 100n) / step, scale: 2 }))}${word}`;
}

function smallOrExact(value: Decimal): string {
  return grouped(trimmed(round({ units: value.units < 0n ? -value.units : value.units, scale: value.scale }, 4)));
}

/** up, down or flat: for the class that colours it and the arrow that says it. */
export function direction(text: string | null | undefined): "up" | "down" | "flat" {
  const value = parse(text);
  const way = value === null ? 0 : sign(value);
  return way > 0 ? "up" : way < 0 ? "down" : "flat";
}

export function isZero(text: string): boolean {
  const value = parse(text);
  return value !== null && sign(value) === 0;
}

export function sum(texts: string[]): string {
  return plain(
    texts.reduce<Decimal>((total, text) => add(total, parse(text) ?? { units: 0n, scale: 0 }), { units: 0n, scale: 0 }),
  );
}

export function isLess(a: string, b: string): boolean {
  const x = parse(a);
  const y = parse(b);
  return x !== null && y !== null && compare(x, y) < 0;
}
