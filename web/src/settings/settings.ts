// What a person chose for this browser: language, theme, colours, zone, shortcuts. Kept in localStorage, never secret.
import { create } from "zustand";
import type { Language } from "../numbers/format";
import type { Zone } from "../numbers/time";

export type Theme = "system" | "light" | "dark";
/** Korean: up red, down blue. Western: up green, down red. Colour-blind safe: up blue, down orange. */
export type Colours = "korean" | "western" | "safe";

export interface Settings {
  language: Language;
  theme: Theme;
  colours: Colours;
  zone: Zone;
  shortcuts: boolean;
  /** A price that moved by more than this since the ticket's price was taken asks again. */
  reconfirmBps: number;
}

const KEPT_AT = "jts.settings";
const THEME_COLOUR = { light: "#f3f5f8", dark: "#0d1117" };

function browserLanguage(): Language {
  return (navigator.language || "ko").toLowerCase().startsWith("ko") ? "ko" : "en";
}

function kept(): Partial<Settings> {
  try {
    return (JSON.parse(localStorage.getItem(KEPT_AT) ?? "{}") ?? {}) as Partial<Settings>;
  } catch {
    return {};
  }
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[], otherwise: T): T {
  return allowed.includes(value as T) ? (value as T) : otherwise;
}

function initial(): Settings {
  const found = kept();
  const bps = Number(found.reconfirmBps);
  return {
    language: oneOf(found.language, ["ko", "en"], browserLanguage()),
    theme: oneOf(found.theme, ["system", "light", "dark"], "system"),
    colours: oneOf(found.colours, ["korean", "western", "safe"], "korean"),
    zone: oneOf(found.zone, ["KST", "UTC"], "KST"),
    shortcuts: found.shortcuts !== false,
    reconfirmBps: Number.isInteger(bps) && bps >= 1 && bps <= 1000 ? bps : 30,
  };
}

export const useSettings = create<Settings>(initial);

export function change(part: Partial<Settings>): void {
  useSettings.setState(part);
}

export function themeNow(theme: Theme): "light" | "dark" {
  if (theme !== "system") return theme;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function show(settings: Settings): void {
  const root = document.documentElement;
  const theme = themeNow(settings.theme);
  root.lang = settings.language;
  root.dataset["theme"] = theme;
  root.dataset["colours"] = settings.colours;
  document.querySelector<HTMLMetaElement>("meta[name=theme-color]")!.content = THEME_COLOUR[theme];
  const manifest = document.querySelector<HTMLLinkElement>("link[rel=manifest]");
  const href = `/manifest.${settings.language}.webmanifest`;
  if (manifest && manifest.getAttribute("href") !== href) manifest.setAttribute("href", href);
}

/** Paint the choices now and at every change, and keep them. */
export function followSettings(): void {
  show(useSettings.getState());
  useSettings.subscribe((settings) => {
    show(settings);
    try {
      localStorage.setItem(KEPT_AT, JSON.stringify(settings));
    } catch {
      // A full or forbidden store loses the choice at the next visit, nothing more.
    }
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => show(useSettings.getState()));
}
