// The programs that trade: their state, their last decision and why, and the ways to start and stop them.
import { useRef, useState } from "react";
import { api, newKey } from "../api/client";
import type { Decision, Strategy } from "../api/types";
import { exactly } from "../numbers/format";
import { age, clock, millis, moment } from "../numbers/time";
import { AccountBadge } from "../parts/account_badge";
import { RunBadge, Told } from "../parts/figures";
import { Loaded, Empty, Why } from "../parts/loaded";
import { useNow } from "../parts/now";
import { Panel } from "../parts/panel";
import { useResource } from "../parts/resource";
import { Values } from "../orders/life";
import { useOrderLock } from "../shell/freshness";
import { Link } from "../shell/link";
import { useRoute } from "../shell/route";
import { useLive } from "../stream/live";
import { useStrategies } from "../stream/reading";
import { outcomeName, useWords } from "../words/words";
import { NewStrategy } from "./new_strategy";
import { StopStrategy } from "./stop_strategy";

const DECISIONS_READ = 50;

export default function Strategies() {
  const { say } = useWords();
  const { rest } = useRoute();
  const resource = useStrategies();
  const strategies = useLive((live) => live.strategies);
  const chosen = rest ? strategies?.find((run) => run.run === rest) : undefined;
  return (
    <>
      <h1>{say("strategies.title")}</h1>
      <Loaded
        what={say("strategies.title")}
        of={resource}
        has={strategies !== null}
        isEmpty={false}
        empty={null}
        rows={6}
      >
        {rest && strategies && !chosen && (
          <div className="empty" data-state="empty">
            <p className="empty-title">{say("strategies.not_found", { run: rest })}</p>
            <Link href="/strategies">{say("strategies.back")}</Link>
          </div>
        )}
        {chosen && <One run={chosen} />}
        {!rest && (
          <>
            {(strategies ?? []).length === 0 && (
              <div className="empty" data-state="empty">
                <Empty title={say("strategies.empty")} why={say("strategies.empty_why")} />
              </div>
            )}
            <div className="runs">
              {(strategies ?? []).map((run) => (
                <RunCard key={run.run} run={run} />
              ))}
            </div>
            <NewStrategy />
          </>
        )}
      </Loaded>
    </>
  );
}

function RunCard({ run, isAlone = false }: { run: Strategy; isAlone?: boolean }) {
  const { say } = useWords();
  const account = useLive((live) => live.portfolio?.find((each) => each.account === run.account)) ?? null;
  return (
    <Panel
      title={run.name}
      className={`run surface-${account?.kind ?? "none"}`}
      actions={
        <>
          <RunBadge state={run.state} />
          <StartStop run={run} />
        </>
      }
    >
      <div className="mode-row">
        <AccountBadge account={account} />
        <Told>
          {run.instrument} · {run.timeframe}
        </Told>
      </div>
      {run.message && (
        <p className={run.state === "failed" ? "fault" : "quiet"}>
          <Told>{run.message}</Told>
        </p>
      )}
      <RunFigures run={run} />
      <LastDecision decision={run.last_decision} />
      {!isAlone && (
        <p>
          <Link href={`/strategies/${encodeURIComponent(run.run)}`}>
            {say("common.details")}
            <span className="visually-hidden"> {run.name}</span>
          </Link>
        </p>
      )}
    </Panel>
  );
}

function RunFigures({ run }: { run: Strategy }) {
  const { say } = useWords();
  return (
    <dl className="figures">
      <div>
        <dt>{say("strategies.holding")}</dt>
        <dd className="figure">{exactly(run.quantity)}</dd>
      </div>
      <div>
        <dt>{say("strategies.realised")}</dt>
        <dd className="figure">{exactly(run.realised)}</dd>
      </div>
      <div>
        <dt>{say("strategies.bar")}</dt>
        <dd className="figure">
          {run.state === "warming"
            ? say("strategies.warming_bars", { seen: run.bars_seen, needed: run.bars_needed })
            : say("strategies.bars_seen", { n: run.bars_seen })}
        </dd>
      </div>
    </dl>
  );
}

function LastDecision({ decision }: { decision: Decision | null }) {
  const { say, language } = useWords();
  const now = useNow(1_000);
  if (!decision) return <p className="quiet">{say("strategies.no_decision")}</p>;
  return (
    <div className="decision" data-testid="last-decision">
      <p>
        <strong>
          {say("strategies.last_decision")}: {outcomeName(say, decision.outcome)}
        </strong>{" "}
        <span className="quiet">{say("link.age_short", { age: age(now - millis(decision.at), language) })}</span>
      </p>
      <p>
        <Told>{decision.because}</Told>
      </p>
      <Values values={decision.values} />
    </div>
  );
}

function StartStop({ run }: { run: Strategy }) {
  const { say } = useWords();
  const lock = useOrderLock();
  const [isStopping, setStopping] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const key = useRef<string | null>(null);
  const runs = run.state === "running" || run.state === "warming";
  const start = async (): Promise<void> => {
    if (isBusy) return;
    setBusy(true);
    setError(null);
    key.current ??= newKey();
    try {
      const after = await api.startStrategy(run.run, key.current);
      key.current = null;
      useLive.setState((live) => ({ strategies: live.strategies?.map((each) => (each.run === run.run ? after : each)) ?? null }));
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <button
        type="button"
        className="button small"
        disabled={lock !== null}
        aria-disabled={isBusy}
        title={lock ?? undefined}
        aria-label={`${say(runs ? "strategies.stop" : "strategies.start")} ${run.name}`}
        onClick={() => (runs ? setStopping(true) : void start())}
      >
        {say(isBusy ? "strategies.starting" : runs ? "strategies.stop" : "strategies.start")}
      </button>
      {error !== null && (
        <div className="failed" role="alert">
          <Why error={error} />
        </div>
      )}
      <StopStrategy run={run} isOpen={isStopping} onClose={() => setStopping(false)} />
    </>
  );
}

function One({ run }: { run: Strategy }) {
  const { say, zone } = useWords();
  return (
    <>
      <p>
        <Link href="/strategies">{say("strategies.back")}</Link>
      </p>
      <RunCard run={run} isAlone />
      <Decisions run={run} />
      <Panel title={say("strategies.text")} isLive={false}>
        <dl className="facts">
          <div>
            <dt>{say("strategies.plan")}</dt>
            <dd>
              <Told as="code">{run.plan}</Told>
            </dd>
          </div>
          <div>
            <dt>{say("strategies.started")}</dt>
            <dd className="figure">{moment(run.started_at, zone)}</dd>
          </div>
          {Object.keys(run.parameters).length > 0 && (
            <div>
              <dt>{say("strategies.parameters")}</dt>
              <dd>
                <Values values={run.parameters} />
              </dd>
            </div>
          )}
        </dl>
        <pre className="program" tabIndex={0} aria-label={say("strategies.text")} translate="no" data-from="server">
          {run.text}
        </pre>
      </Panel>
    </>
  );
}

function Decisions({ run }: { run: Strategy }) {
  const { say, zone } = useWords();
  const reconnects = useLive((live) => live.reconnects);
  const fresh = useLive((live) => live.decisions[run.run]) ?? [];
  const read = useResource(`decisions-${run.run}#${reconnects}`, (signal) => api.decisions(run.run, DECISIONS_READ, signal));
  const bySequence = new Map([...(read.data?.decisions ?? []), ...fresh].map((each) => [each.sequence, each]));
  const rows = [...bySequence.values()].sort((a, b) => b.sequence - a.sequence).slice(0, DECISIONS_READ);
  return (
    <Panel title={say("strategies.decisions")}>
      <Loaded
        what={say("strategies.decisions")}
        of={read}
        has={read.data !== null || fresh.length > 0}
        isEmpty={rows.length === 0}
        empty={<p className="quiet">{say("strategies.decisions_empty")}</p>}
      >
        <ol className="line">
          {rows.map((decision) => (
            <li key={decision.sequence} data-outcome={decision.outcome} className={decision.outcome === "refused" ? "warn" : ""}>
              <p>
                <strong>{outcomeName(say, decision.outcome)}</strong>{" "}
                <span className="quiet figure">
                  {clock(decision.at, zone)} · {say("strategies.bar")} {moment(decision.bar_open_at, zone)}
                </span>
              </p>
              <p>
                <Told>{decision.because}</Told>
              </p>
              {decision.rule && (
                <p>
                  <Told as="code">{decision.rule}</Told>
                </p>
              )}
              <Values values={decision.values} />
              {decision.orders.map((order) => (
                <Link key={order} href={`/orders/${encodeURIComponent(order)}`}>
                  {say("chart.why_order")} <Told as="code">{order}</Told>
                </Link>
              ))}
            </li>
          ))}
        </ol>
      </Loaded>
    </Panel>
  );
}
