// What a screen reader hears without asking: fills and unknown orders at once, connection changes; ticks never.
import { useEffect, useRef, useState } from "react";
import { exactly } from "../numbers/format";
import { useLive, type Live } from "../stream/live";
import { useWords, type Say } from "../words/words";

const QUIET_MS = 5_000;

function newsBetween(before: Live, after: Live, say: Say): { text: string; isUrgent: boolean } | null {
  if (before.kill && after.kill && before.kill.engaged !== after.kill.engaged)
    return { text: say(after.kill.engaged ? "live.kill_on" : "live.kill_off"), isUrgent: true };
  if (before.orders && after.orders !== before.orders)
    for (const order of Object.values(after.orders ?? {})) {
      const old = before.orders[order.id];
      if (old === order || !old) continue;
      const gaps = { instrument: order.instrument, side: say(`side.${order.side}`), quantity: exactly(order.filled) };
      if (order.state === "unknown" && old.state !== "unknown") return { text: say("live.unknown", gaps), isUrgent: true };
      if (order.filled !== old.filled) return { text: say("live.fill", gaps), isUrgent: true };
    }
  if (before.stream === "live" && after.stream === "down") return { text: say("live.lost"), isUrgent: false };
  if (before.stream === "down" && after.stream === "live") return { text: say("live.back"), isUrgent: false };
  return null;
}

export function Announcer() {
  const { say } = useWords();
  const [text, setText] = useState("");
  const lastAt = useRef(0);
  useEffect(
    () =>
      useLive.subscribe((after, before) => {
        const news = newsBetween(before, after, say);
        if (!news) return;
        if (!news.isUrgent && Date.now() - lastAt.current < QUIET_MS) return;
        lastAt.current = Date.now();
        setText(news.text);
      }),
    [say],
  );
  return (
    <p className="visually-hidden" role="status" aria-live="polite" data-testid="announcer">
      {text}
    </p>
  );
}
