// The words of the chosen language, with their gaps filled in.
import { useMemo } from "react";
import type { Language } from "../numbers/format";
import type { Zone } from "../numbers/time";
import { useSettings } from "../settings/settings";
import { en } from "./en";
import { ko, type WordKey } from "./ko";

export type Say = (key: WordKey, gaps?: Record<string, string | number>) => string;

const BOOKS: Record<Language, Record<WordKey, string>> = { ko, en };

export function sayIn(language: Language): Say {
  const book = BOOKS[language];
  return (key, gaps) => {
    const text = book[key];
    return gaps ? text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(gaps[name] ?? whole)) : text;
  };
}

const SAY: Record<Language, Say> = { ko: sayIn("ko"), en: sayIn("en") };

export function useWords(): { say: Say; language: Language; zone: Zone } {
  const language = useSettings((settings) => settings.language);
  const zone = useSettings((settings) => settings.zone);
  return useMemo(() => ({ say: SAY[language], language, zone }), [language, zone]);
}

/** The name of a risk control, or its own name with spaces when this page does not know it yet. */
export function controlName(say: Say, control: string): string {
  const key = `control.${control}`;
  return key in ko ? say(key as WordKey) : control.replaceAll("_", " ");
}

export function eventName(say: Say, kind: string): string {
  const key = `life.${kind}`;
  return key in ko ? say(key as WordKey) : kind;
}

export function outcomeName(say: Say, outcome: string): string {
  const key = `strategies.outcome.${outcome}`;
  return key in ko ? say(key as WordKey) : outcome;
}
