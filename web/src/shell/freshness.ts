// How far what is on the screen can be believed, and whether an order may be sent.
import { useNow } from "../parts/now";
import { useLive } from "../stream/live";
import { age, moment } from "../numbers/time";
import { useWords } from "../words/words";
import { useSession } from "./session";

export interface Freshness {
  state: "connecting" | "live" | "stale" | "down" | "offline";
  /** Age of the last word from the platform; null if none ever came. */
  ageMs: number | null;
  isFresh: boolean;
}

export function useFreshness(): Freshness {
  const now = useNow(500);
  const stream = useLive((live) => live.stream);
  const lastFrameAt = useLive((live) => live.lastFrameAt);
  const remembered = useLive((live) => live.rememberedFrom);
  const { isOnline, signIn } = useSession();
  const from = lastFrameAt || remembered;
  const ageMs = from ? Math.max(0, now - from) : null;
  const state = !isOnline ? "offline" : signIn === "unreachable" && stream !== "live" ? "down" : stream;
  return { state, ageMs, isFresh: state === "live" };
}

/** Why no order may be sent now, in words; null when it may. */
export function useOrderLock(): string | null {
  const { say, language } = useWords();
  const { state, ageMs } = useFreshness();
  const kill = useLive((live) => live.kill);
  const scope = useSession((session) => session.session?.scope);
  if (state === "offline") return say("lock.offline");
  if (state === "down") return say("lock.down");
  if (state === "connecting") return say("lock.connecting");
  if (state === "stale") return say("lock.stale", { age: age(ageMs ?? 0, language) });
  if (scope === "read") return say("lock.scope");
  if (kill?.engaged) return say("lock.kill");
  return null;
}

/** The sentence for the banner under the header, or null while all is live. */
export function useBanner(): { tone: "warn" | "danger"; text: string } | null {
  const { say, language, zone } = useWords();
  const { state, ageMs } = useFreshness();
  const now = useNow(1_000);
  if (state === "live" || (state === "connecting" && ageMs === null)) return null;
  if (ageMs === null) return { tone: "danger", text: say("link.offline_nothing") };
  const gaps = { at: moment(now - ageMs, zone), age: age(ageMs, language) };
  if (state === "offline") return { tone: "danger", text: say("link.offline_banner", gaps) };
  if (state === "stale") return { tone: "warn", text: say("link.stale_banner", gaps) };
  return { tone: "danger", text: say("link.down_banner", gaps) };
}
