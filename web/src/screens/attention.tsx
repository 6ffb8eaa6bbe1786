// What a person should look at first: the kill switch, unknown orders, cut feeds, refusals, limits nearly reached.
import type { ReactNode } from "react";
import { exactly, wholePercent } from "../numbers/format";
import { age, millis } from "../numbers/time";
import { Told } from "../parts/figures";
import { Icon, type IconName } from "../parts/icon";
import { Loaded } from "../parts/loaded";
import { useNow } from "../parts/now";
import { Panel } from "../parts/panel";
import type { Resource } from "../parts/resource";
import { Link } from "../shell/link";
import { useLive, type Live } from "../stream/live";
import type { WordKey } from "../words/ko";
import { controlName, useWords } from "../words/words";
import { actsInWords } from "../shell/kill_switch";

export const NEARLY_FULL = 0.8;
const SHOWN_MAX = 12;

interface Matter {
  id: string;
  tone: "warn" | "danger";
  icon: IconName;
  title: string;
  todo: ReactNode;
  href: string;
}

export function share(value: string | number | null): number {
  return value === null ? 0 : Number(value);
}

function useMatters(): Matter[] {
  const { say, language } = useWords();
  const now = useNow(1_000);
  const live = useLive((state): Live => state);
  const matters: Matter[] = [];
  if (live.kill?.engaged)
    matters.push({
      id: "kill",
      tone: "danger",
      icon: "stop",
      title: say("dashboard.attention_kill"),
      todo: actsInWords(say, live.kill.acts),
      href: "/risk",
    });
  for (const order of Object.values(live.orders ?? {}))
    if (order.state === "unknown")
      matters.push({
        id: `order-${order.id}`,
        tone: "warn",
        icon: "question",
        title: say("dashboard.attention_unknown", {
          instrument: order.instrument,
          side: say(`side.${order.side}`),
          quantity: exactly(order.quantity),
        }),
        todo: say("dashboard.attention_unknown_do", { age: age(now - millis(order.state_since), language) }),
        href: `/orders/${encodeURIComponent(order.id)}`,
      });
  for (const feed of live.feeds ?? [])
    if (feed.state === "stale" || feed.state === "down")
      matters.push({
        id: `feed-${feed.feed}`,
        tone: "warn",
        icon: "cut",
        title: say("dashboard.attention_feed", { feed: feed.feed, state: say(`link.state.${feed.state}` as WordKey) }),
        todo: say("dashboard.attention_feed_do"),
        href: "/data",
      });
  for (const run of live.strategies ?? [])
    if (run.state === "failed")
      matters.push({
        id: `run-${run.run}`,
        tone: "danger",
        icon: "warning",
        title: say("dashboard.attention_strategy", { name: run.name }),
        todo: <Told>{run.message}</Told>,
        href: `/strategies/${encodeURIComponent(run.run)}`,
      });
  for (const gauge of live.gauges ?? [])
    if (share(gauge.share) > NEARLY_FULL)
      matters.push({
        id: `gauge-${gauge.account}-${gauge.control}-${gauge.subject}`,
        tone: "warn",
        icon: "risk",
        title: say("dashboard.attention_gauge", {
          control: controlName(say, gauge.control),
          share: wholePercent(gauge.share),
        }),
        todo: (
          <>
            <Told>{gauge.subject}</Told>{" "}
            {say("dashboard.attention_gauge_do", { used: gauge.used, reserved: gauge.reserved, limit: gauge.limit })}
          </>
        ),
        href: "/risk",
      });
  for (const refusal of live.refusals)
    matters.push({
      id: `refusal-${refusal.order}`,
      tone: "warn",
      icon: "cross",
      title: say("dashboard.attention_refusal", {
        instrument: refusal.instrument,
        side: say(`side.${refusal.side}`),
        quantity: exactly(refusal.quantity),
        control: controlName(say, refusal.control),
      }),
      todo: say("dashboard.attention_refusal_do", { limit: refusal.limit, value: refusal.value }),
      href: "/risk",
    });
  return matters.slice(0, SHOWN_MAX);
}

export function Attention({ sources }: { sources: Resource<unknown>[] }) {
  const { say } = useWords();
  const matters = useMatters();
  const isKnown = useLive((live) => live.orders !== null && live.gauges !== null && live.feeds !== null);
  const failed = sources.find((source) => source.error !== null) ?? sources[0]!;
  return (
    <Panel title={say("dashboard.attention")} className={matters.length > 0 ? "attention has-some" : "attention"}>
      <Loaded
        what={say("dashboard.attention")}
        of={{ ...failed, retry: () => sources.forEach((source) => source.retry()) }}
        has={isKnown}
        isEmpty={matters.length === 0}
        empty={
          <>
            <p>
              <Icon name="ok" /> {say("dashboard.attention_none")}
            </p>
            <p className="quiet">{say("dashboard.attention_none_why")}</p>
          </>
        }
      >
        <ul className="matters">
          {matters.map((matter) => (
            <li key={matter.id} className={matter.tone}>
              <Icon name={matter.icon} />
              <div>
                <Link href={matter.href} translate="no">
                  {matter.title}
                </Link>
                <p className="quiet">{matter.todo}</p>
              </div>
            </li>
          ))}
        </ul>
      </Loaded>
    </Panel>
  );
}
