// Where in the page we are: the path and the query of the address, nothing hidden.
import { useSyncExternalStore } from "react";

export const SCREENS = [
  "dashboard",
  "chart",
  "orders",
  "positions",
  "strategies",
  "risk",
  "data",
  "settings",
  "more",
] as const;
export type Screen = (typeof SCREENS)[number];

export function pathOf(screen: Screen): string {
  return screen === "dashboard" ? "/" : `/${screen}`;
}

const listeners = new Set<() => void>();
const tell = (): void => listeners.forEach((listener) => listener());
addEventListener("popstate", tell);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useAddress(): URL {
  const href = useSyncExternalStore(subscribe, () => location.href);
  return new URL(href);
}

export function useRoute(): { screen: Screen; rest: string; query: URLSearchParams } {
  const url = useAddress();
  const [first = "", ...rest] = url.pathname.split("/").filter(Boolean).map(decodeURIComponent);
  const screen = first === "" ? "dashboard" : ((SCREENS.find((name) => name === first) ?? "dashboard") as Screen);
  return { screen, rest: rest.join("/"), query: url.searchParams };
}

export function go(href: string): void {
  if (href === location.pathname + location.search) return;
  history.pushState(null, "", href);
  tell();
}

/** Change some of the query in place: filters and zoom belong to the address, not to the history. */
export function keepInAddress(values: Record<string, string | null>): void {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(values))
    if (value === null || value === "") url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  if (url.href === location.href) return;
  history.replaceState(null, "", url.pathname + url.search);
  tell();
}
