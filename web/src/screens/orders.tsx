// The blotter: every order with its state, its life line, and the ways to end it. Filters live in the address.
import { useState } from "react";
import { api } from "../api/client";
import type { Order } from "../api/types";
import { average, exactly, price as priceText } from "../numbers/format";
import { age, millis, moment } from "../numbers/time";
import { Grid, useIsPhone, type Column } from "../parts/grid";
import { OrderBadge, SideWord, TimeOfDay, Told } from "../parts/figures";
import { InstrumentName } from "../parts/instrument_name";
import { Empty, Loaded } from "../parts/loaded";
import { useNow } from "../parts/now";
import { Panel } from "../parts/panel";
import { CancelAll } from "../orders/cancel_all";
import { CancelOne } from "../orders/cancel_one";
import { Life } from "../orders/life";
import { Ticket } from "../orders/ticket";
import { Link } from "../shell/link";
import { keepInAddress, useRoute } from "../shell/route";
import { isOpen, useLive } from "../stream/live";
import { keepOrders, useInstruments, useOrders } from "../stream/reading";
import { useWords } from "../words/words";

const OLDER_ROWS = 100;

interface Filter {
  view: "open" | "all";
  instrument: string;
  run: string;
  account: string;
}

export function filtered(orders: Order[], filter: Filter): Order[] {
  return orders
    .filter(
      (order) =>
        (filter.view === "all" || isOpen(order)) &&
        (!filter.instrument || order.instrument === filter.instrument) &&
        (!filter.run || order.source.run === filter.run) &&
        (!filter.account || order.account === filter.account),
    )
    .sort((a, b) => (a.created_at === b.created_at ? (a.id < b.id ? 1 : -1) : a.created_at < b.created_at ? 1 : -1));
}

export default function Orders() {
  const { say } = useWords();
  const { rest, query } = useRoute();
  const isPhone = useIsPhone();
  const chosen = rest || null;
  const isTicketOpen = !isPhone || query.get("ticket") === "open";
  return (
    <>
      <div className="screen-head">
        <h1>{say("orders.title")}</h1>
        {isPhone && (
          <button
            type="button"
            className="button primary"
            aria-expanded={isTicketOpen}
            onClick={() => keepInAddress({ ticket: isTicketOpen ? null : "open" })}
          >
            {say(isTicketOpen ? "ticket.collapse" : "orders.new")}
          </button>
        )}
      </div>
      <div className="split">
        <div className="split-main">
          {isPhone && isTicketOpen && <TicketPanel />}
          {chosen && (
            <Panel
              title={say("orders.life")}
              actions={<Link href={`/orders${location.search}`}>{say("orders.back")}</Link>}
              isLive={false}
            >
              <Life id={chosen} />
            </Panel>
          )}
          <Blotter />
        </div>
        {!isPhone && (
          <div className="split-side">
            <TicketPanel />
          </div>
        )}
      </div>
    </>
  );
}

function TicketPanel() {
  const { say } = useWords();
  const { query } = useRoute();
  return (
    <Panel title={say("ticket.title")} className="ticket-panel">
      <Ticket instrument={query.get("trade") ?? ""} />
    </Panel>
  );
}

function Blotter() {
  const { say, language } = useWords();
  const { query } = useRoute();
  const filter: Filter = {
    view: query.get("view") === "open" ? "open" : "all",
    instrument: query.get("instrument") ?? "",
    run: query.get("run") ?? "",
    account: query.get("account") ?? "",
  };
  const resource = useOrders(false);
  const known = useLive((live) => live.orders);
  const lastFrameAt = useLive((live) => live.lastFrameAt);
  const now = useNow(1_000);
  const all = Object.values(known ?? {});
  const rows = filtered(all, filter);
  const openRows = filtered(all, { ...filter, view: "open" });
  const isFiltered = Boolean(filter.instrument || filter.run || filter.account);
  const columns = useColumns();
  return (
    <Panel
      title={say("orders.table")}
      actions={<CancelAll orders={openRows} filter={filter} />}
    >
      <Filters filter={filter} orders={all} openCount={openRows.length} />
      <Loaded
        what={say("orders.table")}
        of={resource}
        has={known !== null}
        isEmpty={rows.length === 0}
        rows={8}
        empty={
          isFiltered ? (
            <>
              <p className="empty-title">{say("orders.filtered_empty")}</p>
              <button
                type="button"
                className="button"
                onClick={() => keepInAddress({ instrument: null, run: null, account: null })}
              >
                {say("orders.filter_clear")}
              </button>
            </>
          ) : (
            <Empty
              title={say(filter.view === "open" && all.length > 0 ? "orders.empty_open" : "orders.empty")}
              why={say("orders.empty_why", { age: age(now - (lastFrameAt || now), language) })}
            />
          )
        }
      >
        <Grid<Order>
          caption={say("orders.table")}
          columns={columns}
          rows={rows}
          rowId={orderId}
          rowLook={(order) => (order.state === "unknown" ? "is-unknown" : isOpen(order) ? "is-open" : "")}
          isHolding
          csvName="orders"
        />
        {filter.view === "all" && <Older last={rows.at(-1)} filter={filter} />}
      </Loaded>
    </Panel>
  );
}

const orderId = (order: Order): string => order.id;

function Filters({ filter, orders, openCount }: { filter: Filter; orders: Order[]; openCount: number }) {
  const { say } = useWords();
  const distinct = (values: (string | null)[]): string[] =>
    [...new Set(values.filter((value): value is string => Boolean(value)))].sort();
  const choices = {
    instrument: distinct([...orders.map((order) => order.instrument), filter.instrument]),
    run: distinct([...orders.map((order) => order.source.run), filter.run]),
    account: distinct([...orders.map((order) => order.account), filter.account]),
  };
  return (
    <div className="filters">
      <div className="segments" role="group" aria-label={say("orders.view")}>
        {(["all", "open"] as const).map((view) => (
          <button
            key={view}
            type="button"
            className="segment-button"
            aria-pressed={filter.view === view}
            onClick={() => keepInAddress({ view: view === "all" ? null : view })}
          >
            {say(`orders.${view}`)} {view === "open" && openCount > 0 && <span className="count">{openCount}</span>}
          </button>
        ))}
      </div>
      {(["instrument", "run", "account"] as const).map((name) => (
        <select
          key={name}
          aria-label={say(`orders.filter_${name}`)}
          value={filter[name]}
          onChange={(event) => keepInAddress({ [name]: event.target.value || null })}
        >
          <option value="">
            {say(`orders.filter_${name}`)}: {say("common.all")}
          </option>
          {choices[name].map((value) => (
            <option key={value} value={value}>
              {value}
            </option>
          ))}
        </select>
      ))}
    </div>
  );
}

function Older({ last, filter }: { last: Order | undefined; filter: Filter }) {
  const { say } = useWords();
  const [isBusy, setBusy] = useState(false);
  const [isEnd, setEnd] = useState(false);
  if (!last || isEnd) return null;
  const read = async (): Promise<void> => {
    if (isBusy) return;
    setBusy(true);
    try {
      const { orders } = await api.orders({
        limit: OLDER_ROWS,
        before: last.id,
        instrument: filter.instrument,
        run: filter.run,
        account: filter.account,
      });
      keepOrders(orders);
      setEnd(orders.length < OLDER_ROWS);
    } catch {
      setEnd(false); // the button stays: pressing it again asks again
    } finally {
      setBusy(false);
    }
  };
  return (
    <button type="button" className="button small quiet-button" aria-disabled={isBusy} onClick={() => void read()}>
      {say(isBusy ? "app.loading" : "common.older")}
    </button>
  );
}

function useColumns(): Column<Order>[] {
  const { say, zone } = useWords();
  const { byId } = useInstruments();
  const now = useNow(1_000);
  const scale = (order: Order): number | undefined => byId.get(order.instrument)?.price_scale;
  const asked = (order: Order): string =>
    order.kind === "market" ? say("kind.market") : priceText(order.limit_price ?? order.stop_price, scale(order));
  return [
    {
      id: "at",
      label: `${say("orders.created")} (${zone})`,
      cell: (order) => (
        <Link
          className="figure"
          href={`/orders/${encodeURIComponent(order.id)}${location.search}`}
          title={moment(order.created_at, zone)}
        >
          <TimeOfDay at={order.created_at} /> <span className="visually-hidden">{say("orders.life_open")}</span>
        </Link>
      ),
      csv: (order) => order.created_at,
      onPhone: "head",
    },
    {
      id: "instrument",
      label: say("common.instrument"),
      cell: (order) => <InstrumentName id={order.instrument} name={byId.get(order.instrument)?.name} />,
      csv: (order) => order.instrument,
      onPhone: "head",
    },
    {
      id: "side",
      label: say("common.side"),
      cell: (order) => <SideWord side={order.side} />,
      csv: (order) => order.side,
      onPhone: "head",
    },
    {
      id: "state",
      label: say("common.state"),
      cell: (order) => (
        <span title={order.state === "unknown" ? say("orders.unknown_what") : undefined}>
          <OrderBadge state={order.state} sinceMs={now - millis(order.state_since)} />
          {order.state === "unknown" && <span className="under">{say("orders.unknown_what")}</span>}
          {order.state !== "unknown" && order.state_reason && (
            <span className="under">
              <Told>{order.state_reason}</Told>
            </span>
          )}
        </span>
      ),
      csv: (order) => order.state,
      onPhone: "head",
    },
    {
      id: "quantity",
      label: say("orders.filled_of"),
      isNumber: true,
      cell: (order) => (
        <span className="figure">
          {exactly(order.filled)} <span className="quiet">/</span> {exactly(order.quantity)}
        </span>
      ),
      csv: (order) => order.quantity,
    },
    {
      id: "price",
      label: say("common.price"),
      isNumber: true,
      cell: (order) => <span className="figure">{asked(order)}</span>,
      csv: (order) => order.limit_price ?? order.stop_price ?? "",
    },
    {
      id: "filled",
      label: say("orders.filled"),
      isNumber: true,
      isCsvOnly: true,
      cell: (order) => order.filled,
      csv: (order) => order.filled,
    },
    {
      id: "average",
      label: say("orders.average"),
      isNumber: true,
      cell: (order) => (
        <span className="figure" title={exactly(order.average_price)}>
          {order.filled === "0" ? "–" : average(order.average_price, scale(order) ?? 2)}
        </span>
      ),
      csv: (order) => order.average_price,
    },
    {
      id: "source",
      label: say("orders.source"),
      cell: (order) =>
        order.source.run ? (
          <Link href={`/strategies/${encodeURIComponent(order.source.run)}`}>
            <Told>{order.source.run}</Told>
          </Link>
        ) : (
          say(`origin.${order.source.origin}`)
        ),
      csv: (order) => order.source.run ?? order.source.actor,
      onPhone: "hidden",
    },
    {
      id: "cancel",
      label: say("orders.cancel"),
      cell: (order) => <CancelOne order={order} />,
      onPhone: "action",
    },
  ];
}
