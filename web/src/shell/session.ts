// Who is signed in, and whether the platform can be reached at all.
import { create } from "zustand";
import { api, keepCsrf, NoAnswer, onSignedOut, Problem } from "../api/client";
import type { Health, Session } from "../api/types";
import { forget } from "../stream/live";

export type SignIn = "checking" | "in" | "out" | "unreachable";

export const useSession = create<{ signIn: SignIn; session: Session | null; health: Health | null; isOnline: boolean }>(
  () => ({ signIn: "checking", session: null, health: null, isOnline: navigator.onLine }),
);

const RETURN_TO = "jts.return_to";
const RETURN_WITHIN_MS = 30 * 60_000;
const ASK_AGAIN_MS = 3_000;

addEventListener("online", () => useSession.setState({ isOnline: true }));
addEventListener("offline", () => useSession.setState({ isOnline: false }));

/** After signing in by link the browser lands on `/`; this is where the person was before. */
function keepPlace(): void {
  const place = location.pathname + location.search;
  localStorage.setItem(RETURN_TO, JSON.stringify({ place, at: Date.now() }));
}

export function placeToReturnTo(): string | null {
  try {
    const kept = JSON.parse(localStorage.getItem(RETURN_TO) ?? "null") as { place: string; at: number } | null;
    localStorage.removeItem(RETURN_TO);
    if (!kept || Date.now() - kept.at > RETURN_WITHIN_MS) return null;
    return /^\/(?!\/)/.test(kept.place) ? kept.place : null;
  } catch {
    return null;
  }
}

onSignedOut(() => {
  const { signIn } = useSession.getState();
  if (signIn === "out") return;
  keepPlace();
  useSession.setState({ signIn: "out", session: null });
});

let asking: Promise<void> | null = null;
let timer: ReturnType<typeof setTimeout> | null = null;

/** Ask who we are. Repeats by itself while the platform cannot be reached. */
export function checkSession(): Promise<void> {
  asking ??= (async () => {
    if (timer) clearTimeout(timer);
    timer = null;
    try {
      const session = await api.session();
      keepCsrf(session.csrf);
      useSession.setState({ signIn: "in", session });
      const health = await api.health().catch(() => null);
      if (health) useSession.setState({ health });
    } catch (error) {
      if (error instanceof Problem && error.body.status === 401) return;
      if (error instanceof NoAnswer || error instanceof Problem) {
        if (useSession.getState().signIn !== "in") useSession.setState({ signIn: "unreachable" });
        timer = setTimeout(() => void checkSession(), ASK_AGAIN_MS);
      } else throw error;
    }
  })().finally(() => {
    asking = null;
  });
  return asking;
}

export async function signOut(): Promise<void> {
  await api.signOut();
  forget();
  sessionStorage.clear();
  const names = await caches.keys();
  await Promise.all(names.map((name) => caches.delete(name)));
  useSession.setState({ signIn: "out", session: null });
}
