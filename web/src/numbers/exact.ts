// Exact decimal arithmetic on text. Money is never a float here: parsing, sums and comparison go through BigInt.

/** `units` times ten to the power of minus `scale`. */
export interface Decimal {
  units: bigint;
  scale: number;
}

const FORM = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

/** The number in this text, or null if it is not a plain decimal number. Commas of grouping are allowed. */
export function parse(text: string | null | undefined): Decimal | null {
  if (text === null || text === undefined) return null;
  const found = FORM.exec(text.trim().replaceAll(",", ""));
  if (!found) return null;
  const fraction = found[3] ?? "";
  const exponent = Number(found[4] ?? "0");
  let units = BigInt(found[2]! + fraction);
  let scale = fraction.length - exponent;
  if (scale < 0) {
    units *= 10n ** BigInt(-scale);
    scale = 0;
  }
  return { units: found[1] === "-" ? -units : units, scale };
}

function aligned(a: Decimal, b: Decimal): [bigint, bigint, number] {
  const scale = Math.max(a.scale, b.scale);
  return [a.units * 10n ** BigInt(scale - a.scale), b.units * 10n ** BigInt(scale - b.scale), scale];
}

export function add(a: Decimal, b: Decimal): Decimal {
  const [x, y, scale] = aligned(a, b);
  return { units: x + y, scale };
}

export function subtract(a: Decimal, b: Decimal): Decimal {
  return add(a, { units: -b.units, scale: b.scale });
}

export function multiply(a: Decimal, b: Decimal): Decimal {
  return { units: a.units * b.units, scale: a.scale + b.scale };
}

/** -1, 0 or 1. */
export function compare(a: Decimal, b: Decimal): number {
  const [x, y] = aligned(a, b);
  return x < y ? -1 : x > y ? 1 : 0;
}

export function sign(a: Decimal): number {
  return a.units < 0n ? -1 : a.units > 0n ? 1 : 0;
}

/** Whether `a` is a whole multiple of `step`. */
export function isMultiple(a: Decimal, step: Decimal): boolean {
  const [x, y] = aligned(a, step);
  return y !== 0n && x % y === 0n;
}

/** How far b lies from a, in basis points of a, cut towards zero; null when a is zero. */
export function movedBps(a: Decimal, b: Decimal): number | null {
  const [x, y] = aligned(a, b);
  if (x === 0n) return null;
  const size = x < 0n ? -x : x;
  const gap = y > x ? y - x : x - y;
  return Number((gap * 10_000n) / size);
}

/** Rounded to `places` decimals, half away from zero: for the eye only. */
export function round(a: Decimal, places: number): Decimal {
  if (a.scale <= places) return { units: a.units * 10n ** BigInt(places - a.scale), scale: places };
  const cut = 10n ** BigInt(a.scale - places);
  const size = a.units < 0n ? -a.units : a.units;
  const rounded = (size + cut / 2n) / cut;
  return { units: a.units < 0n ? -rounded : rounded, scale: places };
}

/** Without zeros at the end of the fraction. */
export function trimmed(a: Decimal): Decimal {
  let { units, scale } = a;
  while (scale > 0 && units % 10n === 0n) {
    units /= 10n;
    scale -= 1;
  }
  return { units, scale };
}

/** Plain text, as the API wants it: `-1234.50`. */
export function plain(a: Decimal): string {
  const digits = (a.units < 0n ? -a.units : a.units).toString().padStart(a.scale + 1, "0");
  const whole = a.scale === 0 ? digits : digits.slice(0, -a.scale);
  const fraction = a.scale === 0 ? "" : `.${digits.slice(-a.scale)}`;
  return `${a.units < 0n ? "-" : ""}${whole}${fraction}`;
}

/** With commas in the whole part: `-1,234.50`. Minus is the true sign, U+2212, which lines up with figures. */
export function grouped(a: Decimal): string {
  const [whole = "0", fraction] = plain(a).replace("-", "").split(".");
  const commas = whole.replaceAll(/\B(?=(\d{3})+(?!\d))/g, ",");
  return `${a.units < 0n ? "−" : ""}${commas}${fraction === undefined ? "" : `.${fraction}`}`;
}

/** As a float, for drawing and widths only. */
export function forDrawing(text: string | number | null | undefined): number {
  return text === null || text === undefined ? Number.NaN : Number(text);
}
