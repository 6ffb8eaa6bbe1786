// The kill switch: three acts, a scope echoed before anything happens, a plain POST that needs no stream.
import { useRef, useState } from "react";
import { api, newKey } from "../api/client";
import type { Kill, KillAct } from "../api/types";
import { moment } from "../numbers/time";
import { isZero } from "../numbers/format";
import { Dialog } from "../parts/dialog";
import { AccountBadge } from "../parts/account_badge";
import { Told } from "../parts/figures";
import { Icon } from "../parts/icon";
import { Why } from "../parts/loaded";
import { isOpen as isOpenOrder, useLive } from "../stream/live";
import type { Say } from "../words/words";
import { useWords } from "../words/words";
import { useSession } from "./session";

const ACTS: KillAct[] = ["freeze", "cancel", "flatten"];

export function actsInWords(say: Say, acts: KillAct[]): string {
  return acts.map((act) => say(`kill.act.${act}`)).join(" + ");
}

export function KillButton({ onOpen }: { onOpen: () => void }) {
  const { say } = useWords();
  const kill = useLive((live) => live.kill);
  return (
    <button
      type="button"
      className={`button kill-button ${kill?.engaged ? "is-engaged" : ""}`}
      data-kill={kill === null ? "unknown" : kill.engaged ? "engaged" : "clear"}
      onClick={onOpen}
    >
      <Icon name="stop" size={18} />
      <span>{say(kill?.engaged ? "kill.engaged" : "kill.button")}</span>
    </button>
  );
}

export function KillDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { say } = useWords();
  const kill = useLive((live) => live.kill);
  return (
    <Dialog title={say("kill.title")} isOpen={isOpen} onClose={onClose} className="kill-dialog">
      <p className="quiet">{say("kill.intro")}</p>
      <KillStateLine kill={kill} />
      <Engage kill={kill} />
      {kill?.engaged && <Reset />}
    </Dialog>
  );
}

export function KillStateLine({ kill }: { kill: Kill | null }) {
  const { say, zone } = useWords();
  if (kill === null) return <p className="quiet">{say("kill.state_unknown")}</p>;
  if (!kill.engaged)
    return (
      <p className="kill-state">
        <Icon name="ok" /> {say("kill.clear")}
      </p>
    );
  return (
    <div className="kill-state is-engaged" data-testid="kill-engaged">
      <p>
        <Icon name="stop" /> <strong>{say("kill.engaged_short", { acts: actsInWords(say, kill.acts) })}</strong>
      </p>
      <p className="quiet">
        {say("kill.engaged_by", { by: kill.by, at: moment(kill.at, zone) })} <Told>{kill.reason}</Told>
      </p>
    </div>
  );
}

function Engage({ kill }: { kill: Kill | null }) {
  const { say } = useWords();
  const accounts = useLive((live) => live.portfolio) ?? [];
  const orders = useLive((live) => live.orders) ?? {};
  const positions = useLive((live) => live.positions) ?? [];
  const [acts, setActs] = useState<KillAct[]>(["freeze", "cancel"]);
  const [account, setAccount] = useState("");
  const [reason, setReason] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [tookMs, setTookMs] = useState<number | null>(null);
  const [isBusy, setBusy] = useState(false);
  const inFlight = useRef<string | null>(null);
  const inScope = (item: { account: string }): boolean => account === "" || item.account === account;
  const openCount = Object.values(orders).filter((order) => isOpenOrder(order) && inScope(order)).length;
  const heldCount = positions.filter((position) => inScope(position) && !isZero(position.quantity)).length;
  const scope = account === "" ? say("kill.scope_all") : account;
  const engage = async (): Promise<void> => {
    if (isBusy || acts.length === 0) return;
    setBusy(true);
    setError(null);
    inFlight.current ??= newKey(); // kept over a lost answer: pressing again is the same wish
    const started = performance.now();
    try {
      const state = await api.engageKill(
        { acts, ...(account ? { account } : {}), ...(reason.trim() ? { reason: reason.trim() } : {}) },
        inFlight.current,
      );
      inFlight.current = null;
      useLive.setState({ kill: state });
      setTookMs(Math.round(performance.now() - started));
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className="kill-form"
      onSubmit={(event) => {
        event.preventDefault();
        void engage();
      }}
    >
      <fieldset>
        <legend className="visually-hidden">{say("kill.title")}</legend>
        {ACTS.map((act) => (
          <label key={act} className="choice">
            <input
              type="checkbox"
              checked={acts.includes(act)}
              onChange={(event) =>
                setActs(ACTS.filter((other) => (other === act ? event.target.checked : acts.includes(other))))
              }
            />
            <span>
              <strong>{say(`kill.act.${act}`)}</strong>
              <span className="quiet">
                {say(`kill.act.${act}_why`, { n: act === "cancel" ? openCount : heldCount })}
              </span>
            </span>
          </label>
        ))}
      </fieldset>
      <div className="fields two">
        <label className="field">
          <span>{say("kill.scope")}</span>
          <select value={account} onChange={(event) => setAccount(event.target.value)}>
            <option value="">{say("kill.scope_all")}</option>
            {accounts.map((each) => (
              <option key={each.account} value={each.account}>
                {say(`mode.${each.kind}`)} · {each.account}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>{say("kill.reason")}</span>
          <input value={reason} maxLength={200} onChange={(event) => setReason(event.target.value)} />
        </label>
      </div>
      <div className="mode-row">
        {accounts.filter((each) => account === "" || each.account === account).map((each) => (
          <AccountBadge key={each.account} account={each} />
        ))}
      </div>
      <p className="echo" aria-live="polite">
        {acts.length === 0 ? say("kill.choose_act") : say("kill.echo", { scope, acts: actsInWords(say, acts) })}
      </p>
      {error !== null && (
        <div className="failed" role="alert">
          <p className="failed-title">
            <Icon name="warning" /> {say("kill.failed")}
          </p>
          <Why error={error} />
        </div>
      )}
      {tookMs !== null && kill?.engaged && <p role="status">{say("kill.took", { ms: tookMs })}</p>}
      <button type="submit" className="button danger-button wide" aria-disabled={isBusy || acts.length === 0}>
        <Icon name="stop" size={18} /> {say(isBusy ? "kill.engaging" : "kill.engage")}
      </button>
    </form>
  );
}

function Reset() {
  const { say } = useWords();
  const scope = useSession((session) => session.session?.scope);
  const [reason, setReason] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const key = useRef<string | null>(null);
  if (scope !== "owner") return <p className="quiet">{say("kill.reset_owner")}</p>;
  const reset = async (): Promise<void> => {
    if (isBusy || reason.trim() === "") return;
    setBusy(true);
    setError(null);
    key.current ??= newKey();
    try {
      useLive.setState({ kill: await api.resetKill(reason.trim(), key.current) });
      key.current = null;
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className="kill-form reset"
      onSubmit={(event) => {
        event.preventDefault();
        void reset();
      }}
    >
      <label className="field">
        <span>{say("kill.reset_reason")}</span>
        <input value={reason} required maxLength={200} onChange={(event) => setReason(event.target.value)} />
      </label>
      {error !== null && (
        <div className="failed" role="alert">
          <Why error={error} />
        </div>
      )}
      <button type="submit" className="button wide" aria-disabled={isBusy || reason.trim() === ""}>
        {say(isBusy ? "kill.resetting" : "kill.reset")}
      </button>
    </form>
  );
}
