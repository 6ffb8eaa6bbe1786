// End one order. Pressing twice asks once.
import { useState } from "react";
import { api, NoAnswer } from "../api/client";
import type { Order } from "../api/types";
import { useOrderLock } from "../shell/freshness";
import { useLive, isOpen } from "../stream/live";
import { useWords } from "../words/words";

/** A kill switch locks new orders, never the ending of old ones. */
export function useCancelLock(): string | null {
  const lock = useOrderLock();
  const { say } = useWords();
  const isKilled = useLive((live) => live.kill?.engaged ?? false);
  return isKilled && lock === say("lock.kill") ? null : lock;
}

export function CancelOne({ order }: { order: Order }) {
  const { say } = useWords();
  const lock = useCancelLock();
  const [isAsked, setAsked] = useState(false);
  const [failure, setFailure] = useState("");
  if (!isOpen(order)) return null;
  if (order.state === "cancel_pending" || isAsked) return <span className="quiet">{say("orders.cancelling")}</span>;
  const cancel = async (): Promise<void> => {
    setAsked(true);
    setFailure("");
    try {
      await api.cancelOrder(order.id);
    } catch (error) {
      setAsked(false);
      setFailure(
        error instanceof NoAnswer ? say("common.unknown_answer") : say("orders.cancel_failed", { why: String((error as Error).message) }),
      );
    }
  };
  return (
    <>
      <button
        type="button"
        className="button small"
        disabled={lock !== null}
        title={lock ?? undefined}
        aria-label={say("orders.cancel_one", {
          instrument: order.instrument,
          side: say(`side.${order.side}`),
          quantity: order.quantity,
        })}
        onClick={() => void cancel()}
      >
        {say("orders.cancel")}
      </button>
      {failure && (
        <span className="under" role="alert">
          {failure}
        </span>
      )}
    </>
  );
}
