// Figures with their meaning: profit with sign and arrow, sides, states, what the server wrote in its own words.
import type { ReactNode } from "react";
import type { OrderState, RunState, Side } from "../api/types";
import { direction, exactly, signedMoney, signedPercent } from "../numbers/format";
import { age, clock } from "../numbers/time";
import { useWords } from "../words/words";
import type { WordKey } from "../words/ko";
import { Icon, type IconName } from "./icon";

/** Profit or loss. Colour, arrow and sign say the same thing. */
export function Profit({ value, currency, unit = false }: { value: string | null; currency: string; unit?: boolean }) {
  const { say } = useWords();
  const way = direction(value);
  return (
    <span className={`figure ${way}`} title={value === null ? undefined : `${exactly(value)} ${currency}`}>
      {way !== "flat" && (
        <span className="arrow" role="img" aria-label={say(way === "up" ? "common.up" : "common.down")}>
          {way === "up" ? "▲" : "▼"}
        </span>
      )}
      {signedMoney(value, currency)}
      {unit && <span className="unit"> {currency}</span>}
    </span>
  );
}

export function Percent({ value }: { value: string | null }) {
  const way = direction(value);
  const { say } = useWords();
  return (
    <span className={`figure ${way}`}>
      {way !== "flat" && (
        <span className="arrow" role="img" aria-label={say(way === "up" ? "common.up" : "common.down")}>
          {way === "up" ? "▲" : "▼"}
        </span>
      )}
      {signedPercent(value)}
    </span>
  );
}

export function SideWord({ side }: { side: Side }) {
  const { say } = useWords();
  return <span className={`side ${side === "buy" ? "up" : "down"}`}>{say(`side.${side}`)}</span>;
}

const ORDER_LOOK: Record<OrderState, { tone: string; icon: IconName }> = {
  pending: { tone: "quiet", icon: "clock" },
  sending: { tone: "quiet", icon: "clock" },
  unknown: { tone: "warn", icon: "question" },
  working: { tone: "info", icon: "clock" },
  cancel_pending: { tone: "quiet", icon: "clock" },
  filled: { tone: "ok", icon: "ok" },
  cancelled: { tone: "quiet", icon: "minus" },
  rejected: { tone: "danger", icon: "cross" },
  expired: { tone: "quiet", icon: "minus" },
};

/** An order's state. UNKNOWN carries its age and is never dressed as a failure. */
export function OrderBadge({ state, sinceMs }: { state: OrderState; sinceMs?: number | null }) {
  const { say, language } = useWords();
  const look = ORDER_LOOK[state];
  return (
    <span className={`badge ${look.tone}`} data-order-state={state}>
      <Icon name={look.icon} size={13} />
      {say(`order.state.${state}`)}
      {state === "unknown" && sinceMs != null && (
        <span className="badge-age"> {say("orders.unknown_age", { age: age(sinceMs, language) })}</span>
      )}
    </span>
  );
}

const RUN_LOOK: Record<RunState, { tone: string; icon: IconName }> = {
  warming: { tone: "info", icon: "clock" },
  running: { tone: "ok", icon: "ok" },
  stopped: { tone: "quiet", icon: "minus" },
  failed: { tone: "danger", icon: "cross" },
};

export function RunBadge({ state }: { state: RunState }) {
  const { say } = useWords();
  const look = RUN_LOOK[state];
  return (
    <span className={`badge ${look.tone}`} data-run-state={state}>
      <Icon name={look.icon} size={13} />
      {say(`strategies.state.${state}` as WordKey)}
    </span>
  );
}

/** A time of day. In a table the heading names the zone once; elsewhere it stands behind the time. */
export function TimeOfDay({ at }: { at: string }) {
  const { zone } = useWords();
  return (
    <span className="figure time">
      {clock(at, zone).replace(` ${zone}`, "")}
      <span className="zone"> {zone}</span>
    </span>
  );
}

/** Text in the server's own words: names, reasons, program text. Not ours to translate. */
export function Told({ children, as: Tag = "span" }: { children: ReactNode; as?: "span" | "code" | "p" }) {
  return (
    <Tag translate="no" data-from="server">
      {children}
    </Tag>
  );
}
