// Stop one program. The dialog says which orders end with it, and asks what becomes of what it holds.
import { useRef, useState } from "react";
import { api, newKey } from "../api/client";
import type { Strategy } from "../api/types";
import { exactly, isZero } from "../numbers/format";
import { AccountBadge } from "../parts/account_badge";
import { Dialog } from "../parts/dialog";
import { SideWord, Told } from "../parts/figures";
import { Why } from "../parts/loaded";
import { useOrderLock } from "../shell/freshness";
import { isOpen as isOpenOrder, useLive } from "../stream/live";
import { useWords } from "../words/words";

export function StopStrategy({ run, isOpen, onClose }: { run: Strategy; isOpen: boolean; onClose: () => void }) {
  const { say } = useWords();
  return (
    <Dialog title={say("strategies.stop_title", { name: run.name })} isOpen={isOpen} onClose={onClose}>
      <Ask run={run} onClose={onClose} />
    </Dialog>
  );
}

function Ask({ run, onClose }: { run: Strategy; onClose: () => void }) {
  const { say } = useWords();
  const lock = useOrderLock();
  const orders = useLive((live) => live.orders) ?? {};
  const account = useLive((live) => live.portfolio?.find((each) => each.account === run.account)) ?? null;
  const touched = Object.values(orders).filter((order) => isOpenOrder(order) && order.source.run === run.run);
  const [isFlat, setFlat] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const key = useRef<string | null>(null);
  const stop = async (): Promise<void> => {
    if (isBusy) return;
    setBusy(true);
    setError(null);
    key.current ??= newKey();
    try {
      const after = await api.stopStrategy(run.run, isFlat, key.current);
      useLive.setState((live) => ({ strategies: live.strategies?.map((each) => (each.run === run.run ? after : each)) ?? null }));
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <>
      <div className="mode-row">
        <AccountBadge account={account} isLong />
      </div>
      <p>{say("strategies.stop_echo", { n: touched.length })}</p>
      {touched.length > 0 && (
        <ul className="listing" data-testid="stop-scope">
          {touched.map((order) => (
            <li key={order.id}>
              <SideWord side={order.side} /> <span className="figure">{exactly(order.leaves)}</span>{" "}
              <Told>
                {order.instrument} <code>{order.id}</code>
              </Told>
            </li>
          ))}
        </ul>
      )}
      {!isZero(run.quantity) && (
        <fieldset>
          <legend className="visually-hidden">{say("strategies.holding")}</legend>
          {[false, true].map((flat) => (
            <label key={String(flat)} className="choice">
              <input type="radio" name="flatten" checked={isFlat === flat} onChange={() => setFlat(flat)} />
              <span>{say(flat ? "strategies.stop_flatten" : "strategies.stop_keep", { quantity: exactly(run.quantity) })}</span>
            </label>
          ))}
        </fieldset>
      )}
      {error !== null && (
        <div className="failed" role="alert">
          <Why error={error} />
        </div>
      )}
      <div className="row">
        <button type="button" className="button" onClick={onClose}>
          {say("common.cancel")}
        </button>
        <button type="button" className="button primary" disabled={lock !== null} aria-disabled={isBusy} onClick={() => void stop()}>
          {say(isBusy ? "strategies.stopping" : "strategies.stop")}
        </button>
      </div>
    </>
  );
}
