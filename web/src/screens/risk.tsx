// Every limit as a gauge: what is used, what open and unknown orders reserve, what is left. And the kill switch's state.
import { useLive } from "../stream/live";
import { forDrawing } from "../numbers/exact";
import { exactly, wholePercent } from "../numbers/format";
import { clock } from "../numbers/time";
import type { Gauge } from "../api/types";
import { SideWord, Told } from "../parts/figures";
import { Icon } from "../parts/icon";
import { Empty, Loaded } from "../parts/loaded";
import { Panel } from "../parts/panel";
import { RefusalFigures } from "../orders/outcome";
import { KillStateLine } from "../shell/kill_switch";
import { useRisk } from "../stream/reading";
import { controlName, useWords } from "../words/words";
import { NEARLY_FULL, share } from "./attention";

export default function Risk() {
  const { say } = useWords();
  const resource = useRisk();
  const gauges = useLive((live) => live.gauges);
  const kill = useLive((live) => live.kill);
  return (
    <>
      <h1>{say("risk.title")}</h1>
      <div className="split">
        <div className="split-main">
          <Panel title={say("risk.table")}>
            <p className="quiet">{say("risk.reserved_note")}</p>
            <Loaded
              what={say("risk.table")}
              of={resource}
              has={gauges !== null}
              isEmpty={(gauges ?? []).length === 0}
              empty={<Empty title={say("risk.empty")} why={say("risk.empty_why")} />}
              rows={8}
            >
              <ul className="gauges">
                {(gauges ?? []).map((gauge) => (
                  <GaugeRow key={`${gauge.account} ${gauge.control} ${gauge.subject}`} gauge={gauge} />
                ))}
              </ul>
            </Loaded>
          </Panel>
        </div>
        <div className="split-side">
          <Panel title={say("kill.title")}>
            <KillStateLine kill={kill} />
          </Panel>
          <Refusals />
        </div>
      </div>
    </>
  );
}

function GaugeRow({ gauge }: { gauge: Gauge }) {
  const { say } = useWords();
  const isNearlyFull = share(gauge.share) > NEARLY_FULL;
  const fraction = gauge.share === null ? null : Math.min(1, Math.max(0, forDrawing(gauge.share)));
  return (
    <li className={isNearlyFull ? "gauge is-nearly-full" : "gauge"} data-control={gauge.control}>
      <div className="gauge-head">
        <strong>{controlName(say, gauge.control)}</strong>{" "}
        <span className="quiet">
          <Told>
            {gauge.subject} · {gauge.account}
          </Told>
        </span>
        <span className="gauge-share figure">
          {isNearlyFull && (
            <>
              <Icon name="warning" size={14} /> {say("risk.over")}{" "}
            </>
          )}
          {gauge.share !== null && wholePercent(gauge.share)}
        </span>
      </div>
      {fraction !== null && (
        <svg className="gauge-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
          <rect width="100" height="4" className="gauge-track" />
          <rect width={fraction * 100} height="4" className="gauge-fill" />
        </svg>
      )}
      <dl className="gauge-figures">
        <div>
          <dt>{say("risk.used")}</dt>
          <dd className="figure">
            <Told>{gauge.used}</Told>
          </dd>
        </div>
        <div>
          <dt>{say("risk.reserved")}</dt>
          <dd className="figure">
            <Told>{gauge.reserved}</Told>
          </dd>
        </div>
        <div>
          <dt>{say("risk.limit")}</dt>
          <dd className="figure">
            <Told>{gauge.limit}</Told>
          </dd>
        </div>
      </dl>
    </li>
  );
}

function Refusals() {
  const { say, zone } = useWords();
  const refusals = useLive((live) => live.refusals);
  return (
    <Panel title={say("risk.refusals")}>
      {refusals.length === 0 ? (
        <p className="quiet">{say("risk.refusals_empty")}</p>
      ) : (
        <ul className="refusals">
          {refusals.map((refusal) => (
            <li key={refusal.order}>
              <p>
                <Told>{refusal.instrument}</Told> <SideWord side={refusal.side} />{" "}
                <span className="figure">{exactly(refusal.quantity)}</span>{" "}
                <span className="quiet figure">{clock(refusal.at, zone)}</span>
              </p>
              <RefusalFigures {...refusal} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
