// Keys that work everywhere. Single keys never fire while typing, can be turned off, and never place an order.
import { useEffect, useRef } from "react";
import { useSettings } from "../settings/settings";
import { go, pathOf, type Screen } from "./route";

export const GO_KEYS: [string, Screen][] = [
  ["d", "dashboard"],
  ["m", "chart"],
  ["o", "orders"],
  ["p", "positions"],
  ["s", "strategies"],
  ["r", "risk"],
  ["b", "data"],
  ["e", "settings"],
];
const SEQUENCE_WITHIN_MS = 1_500;

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.closest("[data-own-keys]") !== null)
  );
}

function moveRow(by: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>("main [data-row]")];
  if (rows.length === 0) return;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const row = rows[Math.min(rows.length - 1, Math.max(0, at === -1 ? (by > 0 ? 0 : rows.length - 1) : at + by))]!;
  row.querySelector<HTMLElement>("a, button")?.focus();
  row.scrollIntoView({ block: "nearest" });
}

export function useKeyboard(calls: { help: () => void; palette: () => void; kill: () => void }): void {
  const latest = useRef(calls);
  latest.current = calls;
  useEffect(() => {
    let beganGoAt = Number.NEGATIVE_INFINITY;
    let killPressedAt = Number.NEGATIVE_INFINITY;
    const press = (event: KeyboardEvent): void => {
      if (event.isComposing || event.defaultPrevented) return;
      const key = event.key.toLowerCase();
      if ((event.ctrlKey || event.metaKey) && event.shiftKey && key === "k") {
        event.preventDefault();
        if (event.timeStamp - killPressedAt < SEQUENCE_WITHIN_MS && !event.repeat) latest.current.kill();
        killPressedAt = event.timeStamp;
        return;
      }
      if ((event.ctrlKey || event.metaKey) && key === "k") {
        event.preventDefault();
        latest.current.palette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (!useSettings.getState().shortcuts || isTyping(event.target) || document.querySelector("dialog[open]")) return;
      const isSequence = event.timeStamp - beganGoAt < SEQUENCE_WITHIN_MS;
      beganGoAt = Number.NEGATIVE_INFINITY;
      if (isSequence) {
        const goal = GO_KEYS.find(([letter]) => letter === key);
        if (goal) {
          event.preventDefault();
          go(pathOf(goal[1]));
        }
        return;
      }
      if (key === "g") beganGoAt = event.timeStamp;
      else if (key === "?") latest.current.help();
      else if (key === "/") {
        event.preventDefault();
        latest.current.palette();
      } else if (key === "j") moveRow(1);
      else if (key === "k") moveRow(-1);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
