// One wish for an order: its id is made here, kept until an answer came, and never used for another wish.
import { api, newKey, NoAnswer, Problem } from "../api/client";
import type { NewOrder, OrderTaken } from "../api/types";

const KEPT_AT = "jts.unanswered_order";

export interface Wish {
  key: string;
  body: NewOrder;
  at: number;
}

export type Answer =
  | { kind: "taken"; taken: OrderTaken }
  | { kind: "refused"; problem: Problem }
  | { kind: "failed"; problem: Problem }
  | { kind: "unknown"; wish: Wish };

/** The wish that is still without an answer in this tab, over reloads and back and forward. */
export function unanswered(): Wish | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT_AT) ?? "null") as Wish | null;
  } catch {
    return null;
  }
}

export function forgetWish(): void {
  sessionStorage.removeItem(KEPT_AT);
}

/** Whether the server may have taken the order although it did not say so. */
function mayHaveArrived(problem: Problem): boolean {
  return problem.body.status >= 500 || problem.body.status === 408;
}

/**
 * Send a wish. Without an answer it stays kept, and asking again uses the same id, so it is the same order.
 * `wish` repeats a kept one; otherwise a new one is made.
 */
export async function submit(body: NewOrder, wish?: Wish): Promise<Answer> {
  const sent = wish ?? { key: newKey(), body, at: Date.now() };
  sessionStorage.setItem(KEPT_AT, JSON.stringify(sent));
  try {
    const taken = await api.placeOrder(sent.body, sent.key);
    forgetWish();
    return { kind: "taken", taken };
  } catch (error) {
    if (error instanceof NoAnswer) return { kind: "unknown", wish: sent };
    if (!(error instanceof Problem)) throw error;
    if (mayHaveArrived(error)) return { kind: "unknown", wish: sent };
    forgetWish();
    return { kind: error.isRefusal ? "refused" : "failed", problem: error };
  }
}
