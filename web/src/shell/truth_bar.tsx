// Where am I really, right now: the state and age of our stream and of each feed, in words, on every screen.
import { useState } from "react";
import type { Feed, FeedState } from "../api/types";
import { age } from "../numbers/time";
import { Told } from "../parts/figures";
import { Icon, type IconName } from "../parts/icon";
import { useNow } from "../parts/now";
import { useLive } from "../stream/live";
import type { WordKey } from "../words/ko";
import { useWords } from "../words/words";
import { useFreshness, type Freshness } from "./freshness";
import { useSession } from "./session";

type LinkState = FeedState | Freshness["state"];

const LOOK: Record<LinkState, { tone: string; icon: IconName }> = {
  live: { tone: "ok", icon: "link" },
  connecting: { tone: "quiet", icon: "clock" },
  delayed: { tone: "warn", icon: "clock" },
  stale: { tone: "warn", icon: "clock" },
  down: { tone: "danger", icon: "cut" },
  offline: { tone: "danger", icon: "cut" },
  ended: { tone: "quiet", icon: "minus" },
};

function Pill({ name, state, ageMs, extra }: { name: string; state: LinkState; ageMs: number | null; extra?: string }) {
  const { say, language } = useWords();
  return (
    <span className={`pill ${LOOK[state].tone}`} data-link-state={state}>
      <Icon name={LOOK[state].icon} size={13} />
      <span className="pill-name">{name}</span>
      <strong>{say(`link.state.${state}` as WordKey)}</strong>
      <span className="pill-age">
        {ageMs === null ? say("link.no_message") : say("link.age_short", { age: age(ageMs, language) })}
      </span>
      {extra && <span className="pill-extra">{extra}</span>}
    </span>
  );
}

/** What kind of market a feed is: a recording says so, with its speed. */
export function FeedKind({ feed }: { feed: Feed }) {
  const { say } = useWords();
  if (!feed.is_recorded) return <span className="feed-kind">{say("link.real")}</span>;
  return (
    <span className="feed-kind is-recorded">
      <strong>{say("link.recorded")}</strong>
      {feed.speed !== null && <span> {say("link.speed", { speed: String(feed.speed) })}</span>}
    </span>
  );
}

/** A feed's age grows here between reports; a feed heard from while our own stream is cut is as old as the cut. */
function useFeedAge(): (feed: Feed) => number | null {
  const now = useNow(1_000);
  const heardAt = useLive((live) => live.feedsHeardAt);
  const prices = useLive((live) => live.prices);
  const lastFrameAt = useLive((live) => live.lastFrameAt);
  const serverAt = useLive((live) => live.serverAt);
  return (feed) => {
    const reported = feed.age_ms === null ? null : feed.age_ms + Math.max(0, now - (heardAt[feed.feed] ?? now));
    const newest = Math.max(
      ...feed.instruments.map((id) => (prices[id] ? Date.parse(prices[id].received_at) : Number.NEGATIVE_INFINITY)),
    );
    if (!Number.isFinite(newest) || lastFrameAt === 0) return reported;
    const byPrice = Math.max(0, serverAt - newest + (now - lastFrameAt));
    return reported === null ? byPrice : Math.min(reported, byPrice);
  };
}

export function TruthBar() {
  const { say, language } = useWords();
  const [isOpen, setOpen] = useState(false);
  const fresh = useFreshness();
  const feeds = useLive((live) => live.feeds);
  const latency = useLive((live) => live.latencyMs);
  const reconnects = useLive((live) => live.reconnects);
  const prices = useLive((live) => live.prices);
  const health = useSession((session) => session.health);
  const ageOf = useFeedAge();
  const sessions = [...new Set(Object.values(prices).map((price) => price.session))];
  return (
    <div className="truth" role="group" aria-label={say("link.bar")}>
      <button
        type="button"
        className="truth-line"
        aria-expanded={isOpen}
        aria-controls="truth-details"
        onClick={() => setOpen(!isOpen)}
      >
        <span className="visually-hidden">{say("link.details")} </span>
        <Pill
          name={say("link.platform")}
          state={fresh.state}
          ageMs={fresh.ageMs}
          {...(latency === null || !fresh.isFresh ? {} : { extra: say("link.latency", { ms: latency }) })}
        />
        {(feeds ?? []).map((feed) => (
          <span key={feed.feed} className="truth-feed" data-feed={feed.feed}>
            <Pill name={feed.feed} state={fresh.isFresh ? feed.state : fresh.state} ageMs={ageOf(feed)} />
            {feed.is_recorded && <FeedKind feed={feed} />}
          </span>
        ))}
      </button>
      <div id="truth-details" className="truth-details" hidden={!isOpen}>
        {(feeds ?? []).map((feed) => (
          <p key={feed.feed}>
            <Told>{feed.feed}</Told> · <FeedKind feed={feed} /> · <Told>{feed.description}</Told> ·{" "}
            {say("link.age", { age: age(ageOf(feed) ?? 0, language) })}
          </p>
        ))}
        <p>
          {sessions.length > 0 && (
            <>
              {say("link.session")}: {sessions.map((state) => say(`link.session.${state}`)).join(", ")} ·{" "}
            </>
          )}
          {health && (
            <>
              {say("link.version", { version: health.version })} · <Told>{health.profile}</Told> ·{" "}
            </>
          )}
          {say("settings.page_version", { version: __PAGE_VERSION__ })}
          {reconnects > 0 && <> · {say("link.reconnects", { n: reconnects })}</>}
        </p>
      </div>
    </div>
  );
}
