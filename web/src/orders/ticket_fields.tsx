// The fields of the order ticket, and what the order would come to.
import { useMemo } from "react";
import type { Account, Instrument, OrderKind, TickGrid } from "../api/types";
import { exactly, money, price as priceText } from "../numbers/format";
import { useLive } from "../stream/live";
import { useWords } from "../words/words";
import { PriceField } from "./price_field";
import { notional, reckonedPrice, wantsLimit, wantsStop, type Draft } from "./validity";

const KINDS: OrderKind[] = ["limit", "market", "stop", "stop_limit"];

interface FieldsProps {
  draft: Draft;
  put: (part: Partial<Draft>) => void;
  list: Instrument[];
  accounts: Account[];
  instrument: Instrument | undefined;
  last: string | null;
  grids: { limit: TickGrid | null; stop: TickGrid | null };
}

export function Fields({ draft, put, list, accounts, instrument, last, grids }: FieldsProps) {
  const { say } = useWords();
  return (
    <div className="fields">
      {accounts.length > 1 && (
        <label className="field">
          <span>{say("ticket.account")}</span>
          <select value={draft.account} onChange={(event) => put({ account: event.target.value })}>
            {accounts.map((each) => (
              <option key={each.account} value={each.account}>
                {say(`mode.${each.kind}`)} · {each.broker} · {each.account}
              </option>
            ))}
          </select>
        </label>
      )}
      <label className="field">
        <span>{say("ticket.instrument")}</span>
        <select
          translate="no"
          data-from="server"
          value={draft.instrument}
          onChange={(event) => put({ instrument: event.target.value, limitPrice: "", stopPrice: "" })}
        >
          {list.map((each) => (
            <option key={each.id} value={each.id}>
              {each.name === each.id ? each.id : `${each.name} (${each.id})`}
            </option>
          ))}
        </select>
      </label>
      <p className="last-price">
        <span>{say("ticket.current")}</span>
        <span className="figure" data-testid="ticket-last">
          {last === null ? say("ticket.no_price") : priceText(last, instrument?.price_scale)}
        </span>
        <span className="unit">{instrument?.currency}</span>
      </p>
      <fieldset className="segments two-sides">
        <legend className="visually-hidden">{say("common.side")}</legend>
        {(["buy", "sell"] as const).map((side) => (
          <label key={side} className={`segment ${side === "buy" ? "up" : "down"}`}>
            <input type="radio" name="side" checked={draft.side === side} onChange={() => put({ side })} />
            <span>{say(`side.${side}`)}</span>
          </label>
        ))}
      </fieldset>
      <div className="fields two">
        <label className="field">
          <span>{say("ticket.kind")}</span>
          <select value={draft.kind} onChange={(event) => put({ kind: event.target.value as OrderKind })}>
            {KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {say(`kind.${kind}`)}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>
            {say("ticket.quantity")}{" "}
            {instrument && <span className="hint">{say("ticket.lot", { lot: exactly(instrument.lot) })}</span>}
          </span>
          <input
            name="quantity"
            inputMode="decimal"
            autoComplete="off"
            value={draft.quantity}
            onChange={(event) => put({ quantity: event.target.value })}
          />
        </label>
      </div>
      {wantsLimit(draft.kind) && (
        <PriceField
          label={say("ticket.limit_price")}
          name="limit_price"
          value={draft.limitPrice}
          grid={grids.limit}
          last={last}
          onChange={(limitPrice) => put({ limitPrice })}
        />
      )}
      {wantsStop(draft.kind) && (
        <PriceField
          label={say("ticket.stop_price")}
          name="stop_price"
          value={draft.stopPrice}
          grid={grids.stop}
          last={last}
          onChange={(stopPrice) => put({ stopPrice })}
        />
      )}
      <div className="fields two">
        <label className="field">
          <span>{say("ticket.timing")}</span>
          <select value={draft.timing} onChange={(event) => put({ timing: event.target.value as Draft["timing"] })}>
            {(["now", "at_open", "at_close"] as const).map((timing) => (
              <option key={timing} value={timing}>
                {say(`timing.${timing}`)}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>{say("ticket.validity")}</span>
          <select value={draft.validity} onChange={(event) => put({ validity: event.target.value as Draft["validity"] })}>
            {(["gtc", "day", "ioc", "fok"] as const).map((validity) => (
              <option key={validity} value={validity}>
                {say(`tif.${validity}`)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <label className="choice">
        <input
          type="checkbox"
          checked={draft.reduceOnly}
          onChange={(event) => put({ reduceOnly: event.target.checked })}
        />
        <span>{say("ticket.reduce_only")}</span>
      </label>
    </div>
  );
}

export function Estimate({
  draft,
  instrument,
  account,
  last,
}: {
  draft: Draft;
  instrument: Instrument | undefined;
  account: Account | null;
  last: string | null;
}) {
  const { say } = useWords();
  const positions = useLive((live) => live.positions);
  const held = useMemo(
    () =>
      positions?.find((each) => each.account === draft.account && each.instrument === draft.instrument)?.quantity ?? "0",
    [positions, draft.account, draft.instrument],
  );
  if (!instrument) return null;
  const cash = account?.currencies.find((each) => each.currency === instrument.currency)?.cash ?? null;
  return (
    <dl className="estimate">
      <div>
        <dt>
          {say("ticket.estimate")} <span className="hint">{say("ticket.estimate_note")}</span>
        </dt>
        <dd className="figure">
          {money(notional(reckonedPrice(draft, last), draft.quantity), instrument.currency)} {instrument.currency}
        </dd>
      </div>
      <div>
        <dt>{say("ticket.cash")}</dt>
        <dd className="figure">
          {money(cash, instrument.currency)} {instrument.currency}
        </dd>
      </div>
      <div>
        <dt>{say("ticket.held")}</dt>
        <dd className="figure">{exactly(held)}</dd>
      </div>
    </dl>
  );
}
