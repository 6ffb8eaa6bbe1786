// The life line of one order: from the intent to the last fill, with the time each step took.
import { api } from "../api/client";
import type { LifeEvent, Order } from "../api/types";
import { exactly } from "../numbers/format";
import { clockMillis, millis } from "../numbers/time";
import { OrderBadge, SideWord, Told } from "../parts/figures";
import { Loaded } from "../parts/loaded";
import { useNow } from "../parts/now";
import { useResource } from "../parts/resource";
import { Link } from "../shell/link";
import { useLive } from "../stream/live";
import { useInstruments } from "../stream/reading";
import { InstrumentName } from "../parts/instrument_name";
import { eventName, useWords } from "../words/words";

const TONES: Record<string, string> = {
  OrderFilled: "ok",
  OrderLateFilled: "warn",
  OrderBecameUnknown: "warn",
  OrderRejected: "danger",
  OrderCancelRefused: "warn",
};

export function Life({ id }: { id: string }) {
  const { say } = useWords();
  const version = useLive((live) => live.orders?.[id]?.version ?? 0);
  const life = useResource(`life-${id}#${version}`, (signal) => api.life(id, signal));
  const known = useLive((live) => live.orders?.[id]);
  const order = known ?? life.data?.order;
  return (
    <div className="life" data-testid="life">
      {order && <Summary order={order} />}
      <Loaded
        what={say("orders.life")}
        of={life}
        has={life.data !== null}
        isEmpty={life.data?.events.length === 0}
        empty={<p className="quiet">{say("orders.life_empty")}</p>}
      >
        <ol className="line">
          {(life.data?.events ?? []).map((event, place, all) => (
            <Step key={event.version} event={event} before={all[place - 1]} />
          ))}
        </ol>
      </Loaded>
    </div>
  );
}

function Summary({ order }: { order: Order }) {
  const { say } = useWords();
  const now = useNow(1_000);
  const { byId } = useInstruments();
  const { source } = order;
  return (
    <>
      <p className="life-head">
        <InstrumentName id={order.instrument} name={byId.get(order.instrument)?.name} /> <SideWord side={order.side} />{" "}
        <span className="figure">{exactly(order.quantity)}</span> {say(`kind.${order.kind}`)}{" "}
        <OrderBadge state={order.state} sinceMs={now - millis(order.state_since)} />
      </p>
      {order.state === "unknown" && <p className="echo">{say("orders.unknown_what")}</p>}
      {order.state_reason && (
        <p>
          <Told>{order.state_reason}</Told>
        </p>
      )}
      <dl className="facts">
        <div>
          <dt>{say("orders.source")}</dt>
          <dd>
            {say(`origin.${source.origin}`)} ·{" "}
            {source.run ? (
              <Link href={`/strategies/${encodeURIComponent(source.run)}`}>
                <Told>{source.run}</Told>
              </Link>
            ) : (
              <Told>{source.actor}</Told>
            )}
          </dd>
        </div>
        <Reason order={order} />
        <div>
          <dt>{say("orders.id")}</dt>
          <dd>
            <Told as="code">{order.id}</Told>
          </dd>
        </div>
        {order.venue_order_id && (
          <div>
            <dt>{say("orders.venue_id")}</dt>
            <dd>
              <Told as="code">{order.venue_order_id}</Told>
            </dd>
          </div>
        )}
        <div>
          <dt>{say("orders.correlation")}</dt>
          <dd>
            <Told as="code">{order.correlation_id}</Told>
          </dd>
        </div>
      </dl>
    </>
  );
}

/** The rule that fired, the reason in words, and the numbers at that moment. */
export function Reason({ order }: { order: Order }) {
  const { say } = useWords();
  const { rule, because, values } = order.source;
  return (
    <>
      {because && (
        <div>
          <dt>{say("chart.why_because")}</dt>
          <dd>
            <Told>{because}</Told>
          </dd>
        </div>
      )}
      {rule && (
        <div>
          <dt>{say("chart.why_rule")}</dt>
          <dd>
            <Told as="code">{rule}</Told>
          </dd>
        </div>
      )}
      {Object.keys(values).length > 0 && (
        <div>
          <dt>{say("chart.why_values")}</dt>
          <dd>
            <Values values={values} />
          </dd>
        </div>
      )}
    </>
  );
}

export function Values({ values }: { values: Record<string, string> }) {
  return (
    <ul className="values" translate="no" data-from="server">
      {Object.entries(values).map(([name, value]) => (
        <li key={name}>
          <code>{name}</code> <span className="figure">{value}</span>
        </li>
      ))}
    </ul>
  );
}

function Step({ event, before }: { event: LifeEvent; before: LifeEvent | undefined }) {
  const { say, zone } = useWords();
  const step = before ? event.since_start_ms - before.since_start_ms : null;
  return (
    <li className={TONES[event.kind] ?? ""} data-event={event.kind}>
      <p>
        <strong>{eventName(say, event.kind)}</strong>{" "}
        <span className="quiet figure">
          {clockMillis(event.at, zone)}
          {step !== null && <> · {say("orders.life_step", { ms: milliseconds(step) })}</>}
        </span>
      </p>
      {Object.keys(event.fields).length > 0 && <Values values={event.fields} />}
    </li>
  );
}

function milliseconds(value: number): string {
  return value < 10 ? value.toFixed(2) : value < 1000 ? value.toFixed(1) : Math.round(value).toString();
}
