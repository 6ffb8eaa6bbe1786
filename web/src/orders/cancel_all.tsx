// End every open order in scope. The dialog names the scope and lists exactly the orders it will touch.
import { useRef, useState } from "react";
import { api } from "../api/client";
import type { Order } from "../api/types";
import { exactly } from "../numbers/format";
import { AccountBadge } from "../parts/account_badge";
import { Dialog } from "../parts/dialog";
import { SideWord, Told } from "../parts/figures";
import { Why } from "../parts/loaded";
import { useLive } from "../stream/live";
import { useWords } from "../words/words";
import { useCancelLock } from "./cancel_one";

interface Scope {
  instrument: string;
  run: string;
  account: string;
}

export function CancelAll({ orders, filter }: { orders: Order[]; filter: Scope }) {
  const { say } = useWords();
  const lock = useCancelLock();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className="button small"
        disabled={lock !== null || orders.length === 0}
        title={lock ?? undefined}
        onClick={() => setOpen(true)}
      >
        {say("orders.cancel_all")} {orders.length > 0 && <span className="count">{orders.length}</span>}
      </button>
      <Dialog title={say("orders.cancel_all_title")} isOpen={isOpen} onClose={() => setOpen(false)}>
        <Ask orders={orders} filter={filter} onClose={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function Ask({ orders, filter, onClose }: { orders: Order[]; filter: Scope; onClose: () => void }) {
  const { say } = useWords();
  const lock = useCancelLock();
  const accounts = useLive((live) => live.portfolio) ?? [];
  const [error, setError] = useState<unknown>(null);
  const [count, setCount] = useState<number | null>(null);
  const isBusy = useRef(false);
  const scope = [filter.account, filter.instrument, filter.run].filter(Boolean).join(" · ") || say("common.all");
  const cancel = async (): Promise<void> => {
    if (isBusy.current) return;
    isBusy.current = true;
    setError(null);
    try {
      const { orders: asked } = await api.cancelOrders({
        ...(filter.account ? { account: filter.account } : {}),
        ...(filter.instrument ? { instrument: filter.instrument } : {}),
        ...(filter.run ? { run: filter.run } : {}),
      });
      setCount(asked.length);
    } catch (failure) {
      setError(failure);
    } finally {
      isBusy.current = false;
    }
  };
  const touched = [...new Set(orders.map((order) => order.account))];
  return (
    <>
      <div className="mode-row">
        {accounts
          .filter((account) => touched.includes(account.account))
          .map((account) => (
            <AccountBadge key={account.account} account={account} isLong />
          ))}
      </div>
      {count === null ? (
        <>
          <p>{say("orders.cancel_all_echo", { scope, n: orders.length })}</p>
          <ul className="listing" data-testid="cancel-scope">
            {orders.map((order) => (
              <li key={order.id}>
                <SideWord side={order.side} /> <span className="figure">{exactly(order.leaves)}</span>{" "}
                <Told>
                  {order.instrument} <code>{order.id}</code>
                </Told>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p role="status">{say("orders.cancel_all_result", { n: count })}</p>
      )}
      {error !== null && (
        <div className="failed" role="alert">
          <Why error={error} />
        </div>
      )}
      <div className="row">
        <button type="button" className="button" onClick={onClose}>
          {say(count === null ? "common.cancel" : "common.close")}
        </button>
        {count === null && (
          <button
            type="button"
            className="button primary"
            disabled={lock !== null || orders.length === 0}
            onClick={() => void cancel()}
          >
            {say("orders.cancel_all_do", { n: orders.length })}
          </button>
        )}
      </div>
    </>
  );
}
