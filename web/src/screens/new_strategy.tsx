// A new program: text, checked while it is typed, each finding with its line, column and remedy. The draft survives.
import { useEffect, useRef, useState } from "react";
import { api, newKey, Problem } from "../api/client";
import type { Diagnostic } from "../api/types";
import { AccountBadge } from "../parts/account_badge";
import { Told } from "../parts/figures";
import { Icon } from "../parts/icon";
import { Why } from "../parts/loaded";
import { Panel } from "../parts/panel";
import { useOrderLock } from "../shell/freshness";
import { go } from "../shell/route";
import { useLive } from "../stream/live";
import { useWords } from "../words/words";

const DRAFT_AT = "jts.strategy_draft";
const CHECK_AFTER_MS = 250;

const EXAMPLE = `strategy "Average cross" version 1
trade KRX:005930 on 1d
cash 10,000,000 KRW
buy when sma(close, 5) crosses above sma(close, 60)
sell when sma(close, 5) crosses below sma(close, 60)
`;

type Check = { state: "checking" | "unavailable" } | { state: "done"; diagnostics: Diagnostic[] };

function useCheck(text: string): Check {
  const [check, setCheck] = useState<Check>({ state: "checking" });
  useEffect(() => {
    const stop = new AbortController();
    setCheck((old) => (old.state === "done" ? old : { state: "checking" }));
    const timer = setTimeout(() => {
      api.checkStrategy(text, stop.signal).then(
        ({ diagnostics }) => stop.signal.aborted || setCheck({ state: "done", diagnostics }),
        () => stop.signal.aborted || setCheck({ state: "unavailable" }),
      );
    }, CHECK_AFTER_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text]);
  return check;
}

export function NewStrategy() {
  const { say } = useWords();
  const lock = useOrderLock();
  const accounts = useLive((live) => live.portfolio) ?? [];
  const [text, setText] = useState(() => localStorage.getItem(DRAFT_AT) ?? EXAMPLE);
  const [run, setRun] = useState("");
  const [account, setAccount] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const key = useRef<string | null>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const check = useCheck(text);
  const chosen = accounts.find((each) => each.account === account) ?? accounts[0] ?? null;
  const isGood = check.state === "done" && check.diagnostics.every((each) => each.severity !== "error");
  useEffect(() => localStorage.setItem(DRAFT_AT, text), [text]);
  const create = async (): Promise<void> => {
    if (isBusy || !chosen || !run) return;
    setBusy(true);
    setError(null);
    key.current ??= newKey();
    try {
      const made = await api.newStrategy({ run, account: chosen.account, text }, key.current);
      key.current = null;
      useLive.setState((live) => ({
        strategies: [...(live.strategies ?? []).filter((each) => each.run !== made.run), made],
      }));
      go(`/strategies/${encodeURIComponent(made.run)}`);
    } catch (failure) {
      if (failure instanceof Problem) key.current = null; // a proven no: the next try is another wish
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const showLine = (diagnostic: Diagnostic): void => {
    const lines = text.split("\n");
    const start = lines.slice(0, diagnostic.line - 1).reduce((sum, line) => sum + line.length + 1, 0) + diagnostic.column - 1;
    area.current?.focus();
    area.current?.setSelectionRange(start, start + Math.max(1, diagnostic.end_column - diagnostic.column));
  };
  return (
    <Panel title={say("strategies.new")} className={`surface-${chosen?.kind ?? "none"}`} isLive={false}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <div className="mode-row">
          <AccountBadge account={chosen} isLong />
        </div>
        <label className="field">
          <span>{say("strategies.text")}</span>
          <textarea
            ref={area}
            className="program-input"
            rows={Math.min(24, Math.max(8, text.split("\n").length + 1))}
            spellCheck={false}
            autoCapitalize="off"
            autoComplete="off"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        <Findings check={check} onShow={showLine} />
        <div className="fields two">
          <label className="field">
            <span>{say("strategies.name")}</span>
            <input
              required
              pattern="[a-z0-9][a-z0-9\-]{0,62}"
              title={say("strategies.name_hint")}
              autoComplete="off"
              spellCheck={false}
              value={run}
              onChange={(event) => setRun(event.target.value)}
            />
            <span className="hint">{say("strategies.name_hint")}</span>
          </label>
          <label className="field">
            <span>{say("common.account")}</span>
            <select value={chosen?.account ?? ""} onChange={(event) => setAccount(event.target.value)}>
              {accounts.map((each) => (
                <option key={each.account} value={each.account}>
                  {say(`mode.${each.kind}`)} · {each.account}
                </option>
              ))}
            </select>
          </label>
        </div>
        {error !== null && (
          <div className="failed" role="alert">
            <Why error={error} />
            <p className="quiet">{say("strategies.draft_kept")}</p>
          </div>
        )}
        {lock !== null && (
          <p className="lock">
            <Icon name="lock" /> {lock}
          </p>
        )}
        <button type="submit" className="button primary" disabled={lock !== null || !chosen} aria-disabled={isBusy || !isGood}>
          {say(isBusy ? "strategies.starting" : "strategies.create")}
        </button>
      </form>
    </Panel>
  );
}

function Findings({ check, onShow }: { check: Check; onShow: (diagnostic: Diagnostic) => void }) {
  const { say } = useWords();
  if (check.state !== "done")
    return (
      <p className="quiet" role="status">
        {say(check.state === "checking" ? "strategies.checking" : "strategies.check_failed")}
      </p>
    );
  if (check.diagnostics.length === 0)
    return (
      <p className="good" role="status" data-testid="check-ok">
        <Icon name="ok" /> {say("strategies.check_ok")}
      </p>
    );
  return (
    <div className="findings" data-testid="findings">
      <p role="status">
        <Icon name="warning" /> {say("strategies.problems", { n: check.diagnostics.length })}
      </p>
      <ul>
        {check.diagnostics.map((each) => (
          <li key={`${each.line}:${each.column}:${each.code}`}>
            <button type="button" className="button small" onClick={() => onShow(each)}>
              {say("strategies.at", { line: each.line, column: each.column })}
            </button>{" "}
            <Told as="code">{each.code}</Told> <Told>{each.message}</Told>
            {each.hint && (
              <p className="quiet">
                {say("strategies.hint")}: <Told>{each.hint}</Told>
              </p>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
