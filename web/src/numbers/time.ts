// Instants for people: in KST or UTC, the zone always printed; ages in words.
import type { Language } from "./format";

export type Zone = "KST" | "UTC";

const NAMES: Record<Zone, string> = { KST: "Asia/Seoul", UTC: "UTC" };
const made = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: Zone, parts: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const id = zone + JSON.stringify(parts);
  let found = made.get(id);
  if (!found) {
    found = new Intl.DateTimeFormat("en-CA", { timeZone: NAMES[zone], hourCycle: "h23", ...parts });
    made.set(id, found);
  }
  return found;
}

/** Milliseconds since 1970, or NaN. Nanoseconds beyond the third digit are cut: browsers know no finer. */
export function millis(instant: string | null | undefined): number {
  return instant ? Date.parse(instant.replace(/(\.\d{3})\d+/, "$1")) : Number.NaN;
}

/** 15:56:01 KST. */
export function clock(instant: string | number | null | undefined, zone: Zone): string {
  const ms = typeof instant === "number" ? instant : millis(instant);
  if (Number.isNaN(ms)) return "–";
  return `${formatter(zone, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(ms)} ${zone}`;
}

/** 15:56:01.123 KST, for life lines. */
export function clockMillis(instant: string, zone: Zone): string {
  const ms = millis(instant);
  if (Number.isNaN(ms)) return "–";
  const hour = formatter(zone, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(ms);
  return `${hour}.${String(((ms % 1000) + 1000) % 1000).padStart(3, "0")} ${zone}`;
}

/** 2026-11-22 15:56 KST. */
export function moment(instant: string | number | null | undefined, zone: Zone): string {
  const ms = typeof instant === "number" ? instant : millis(instant);
  if (Number.isNaN(ms)) return "–";
  return `${day(ms, zone)} ${formatter(zone, { hour: "2-digit", minute: "2-digit" }).format(ms)} ${zone}`;
}

/** 11-22 15:56, where the zone stands elsewhere in the same line. */
export function shortMoment(instant: string, zone: Zone): string {
  return moment(instant, zone).slice(5, 16);
}

/** 2026-11-22. */
export function day(ms: number, zone: Zone): string {
  return formatter(zone, { year: "numeric", month: "2-digit", day: "2-digit" }).format(ms);
}

/** Seconds, minutes, hours or days, rounded down: `3초`, `2m`. */
export function age(ms: number, language: Language): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const units: [number, string, string][] = [
    [86_400, "일", "d"],
    [3_600, "시간", "h"],
    [60, "분", "m"],
    [1, "초", "s"],
  ];
  const [size, korean, english] = units.find(([size]) => seconds >= size) ?? units[3]!;
  return `${Math.floor(seconds / size)}${language === "ko" ? korean : english}`;
}
