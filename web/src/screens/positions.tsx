// What is held, what it is worth and what it earned; and the way out of each.
import { useState } from "react";
import type { Position } from "../api/types";
import { average, exactly, isZero, money, price as priceText, sum } from "../numbers/format";
import { age, millis } from "../numbers/time";
import { Profit } from "../parts/figures";
import { Grid, type Column } from "../parts/grid";
import { Icon } from "../parts/icon";
import { InstrumentName } from "../parts/instrument_name";
import { Empty, Loaded } from "../parts/loaded";
import { useNow } from "../parts/now";
import { Panel } from "../parts/panel";
import { AccountBadge } from "../parts/account_badge";
import { ClosePosition } from "../orders/close_position";
import { useOrderLock } from "../shell/freshness";
import { useLive } from "../stream/live";
import { useInstruments, usePortfolio, usePositions } from "../stream/reading";
import { useWords } from "../words/words";

export const positionId = (position: Position): string => `${position.account}/${position.instrument}`;

export default function Positions() {
  const { say, language } = useWords();
  const now = useNow(1_000);
  usePortfolio();
  const resource = usePositions();
  const positions = useLive((live) => live.positions);
  const accounts = useLive((live) => live.portfolio) ?? [];
  const lastFrameAt = useLive((live) => live.lastFrameAt);
  const [closing, setClosing] = useState<string | null>(null);
  const held = (positions ?? []).filter((position) => !isZero(position.quantity));
  const closed = (positions ?? []).filter((position) => isZero(position.quantity));
  const columns = useColumns(setClosing);
  const byAccount = [...new Set(held.map((position) => position.account))].sort();
  const chosen = held.find((position) => positionId(position) === closing);
  return (
    <>
      <h1>{say("positions.title")}</h1>
      <Panel title={say("positions.table")}>
        <Loaded
          what={say("positions.table")}
          of={resource}
          has={positions !== null}
          isEmpty={held.length === 0}
          empty={
            <Empty
              title={say("positions.empty")}
              why={say("positions.empty_why", { age: age(now - (lastFrameAt || now), language) })}
            />
          }
        >
          {byAccount.map((account) => {
            const rows = held.filter((position) => position.account === account);
            return (
              <section key={account} className="account-group" aria-label={account}>
                <div className="mode-row">
                  <AccountBadge account={accounts.find((each) => each.account === account) ?? null} />
                </div>
                <Grid<Position>
                  caption={`${say("positions.table")} ${account}`}
                  columns={columns}
                  rows={rows}
                  rowId={positionId}
                  isHolding
                  csvName={`positions-${account}`}
                />
                <Totals rows={rows} />
              </section>
            );
          })}
        </Loaded>
      </Panel>
      {closed.length > 0 && (
        <Panel title={say("positions.closed")}>
          <Grid<Position>
            caption={say("positions.closed")}
            columns={columns.filter((column) => ["instrument", "realised", "fees"].includes(column.id))}
            rows={closed}
            rowId={positionId}
          />
        </Panel>
      )}
      {chosen && <ClosePosition position={chosen} onClose={() => setClosing(null)} />}
    </>
  );
}

function Totals({ rows }: { rows: Position[] }) {
  const { say } = useWords();
  const currencies = [...new Set(rows.map((row) => row.currency))].sort();
  return (
    <div className="totals">
      {currencies.map((currency) => {
        const mine = rows.filter((row) => row.currency === currency);
        return (
          <dl key={currency} className="figures">
            <div>
              <dt>
                {say("positions.total")} {say("positions.value")}
              </dt>
              <dd className="figure">
                {money(sum(mine.map((row) => row.value)), currency)} <span className="unit">{currency}</span>
              </dd>
            </div>
            <div>
              <dt>{say("positions.unrealised")}</dt>
              <dd>
                <Profit value={sum(mine.map((row) => row.unrealised))} currency={currency} />
              </dd>
            </div>
          </dl>
        );
      })}
    </div>
  );
}

function useColumns(onClose: (id: string) => void): Column<Position>[] {
  const { say, language } = useWords();
  const now = useNow(1_000);
  const lock = useOrderLock();
  const { byId } = useInstruments();
  const serverAt = useLive((live) => live.serverAt);
  const lastFrameAt = useLive((live) => live.lastFrameAt);
  const scale = (position: Position): number => byId.get(position.instrument)?.price_scale ?? 2;
  return [
    {
      id: "instrument",
      label: say("common.instrument"),
      cell: (position) => <InstrumentName id={position.instrument} name={position.name} />,
      csv: (position) => position.instrument,
      onPhone: "head",
    },
    {
      id: "quantity",
      label: say("common.quantity"),
      isNumber: true,
      cell: (position) => <span className="figure">{exactly(position.quantity)}</span>,
      csv: (position) => position.quantity,
    },
    {
      id: "average",
      label: say("positions.average_cost"),
      isNumber: true,
      cell: (position) => (
        <span className="figure" title={exactly(position.average_cost)}>
          {average(position.average_cost, scale(position))}
        </span>
      ),
      csv: (position) => position.average_cost,
    },
    {
      id: "mark",
      label: say("positions.mark"),
      isNumber: true,
      cell: (position) => (
        <>
          <span className="figure">{priceText(position.mark, scale(position))}</span>
          {position.marked_at && lastFrameAt > 0 && (
            <span className="under quiet">
              <Icon name="clock" size={11} />{" "}
              {say("link.age_short", {
                age: age(Math.max(0, serverAt - millis(position.marked_at) + now - lastFrameAt), language),
              })}
            </span>
          )}
        </>
      ),
      csv: (position) => position.mark ?? "",
    },
    {
      id: "value",
      label: say("positions.value"),
      isNumber: true,
      cell: (position) => (
        <span className="figure" title={exactly(position.value)}>
          {money(position.value, position.currency)}
        </span>
      ),
      csv: (position) => position.value,
    },
    {
      id: "unrealised",
      label: say("positions.unrealised"),
      isNumber: true,
      cell: (position) => <Profit value={position.unrealised} currency={position.currency} unit />,
      csv: (position) => position.unrealised,
      onPhone: "head",
    },
    {
      id: "realised",
      label: say("positions.realised"),
      isNumber: true,
      cell: (position) => <Profit value={position.realised} currency={position.currency} />,
      csv: (position) => position.realised,
    },
    {
      id: "fees",
      label: say("positions.fees"),
      isNumber: true,
      cell: (position) => (
        <span className="figure" title={exactly(position.fees)}>
          {money(position.fees, position.currency)}
        </span>
      ),
      csv: (position) => position.fees,
    },
    {
      id: "close",
      label: say("positions.close"),
      onPhone: "action",
      cell: (position) => (
        <button
          type="button"
          className="button small"
          disabled={lock !== null}
          title={lock ?? undefined}
          aria-label={say("positions.close_all_of", { instrument: position.instrument })}
          onClick={() => onClose(positionId(position))}
        >
          {say("positions.close")}
        </button>
      ),
    },
  ];
}
