// Out of one position, or part of it: a reduce-only market order, with what will be left shown before.
import { useRef, useState } from "react";
import type { NewOrder, Position } from "../api/types";
import { compare, parse, plain, sign, subtract } from "../numbers/exact";
import { exactly, money, price as priceText } from "../numbers/format";
import { AccountBadge } from "../parts/account_badge";
import { Dialog } from "../parts/dialog";
import { Icon } from "../parts/icon";
import { InstrumentName } from "../parts/instrument_name";
import { useOrderLock } from "../shell/freshness";
import { useLive } from "../stream/live";
import { useInstruments } from "../stream/reading";
import { useWords } from "../words/words";
import { Outcome } from "./outcome";
import { forgetWish, submit, unanswered, type Answer, type Wish } from "./submit";
import { isOnLot, notional } from "./validity";

function absolute(text: string): string {
  return text.replace(/^-/, "");
}

export function ClosePosition({ position, onClose }: { position: Position; onClose: () => void }) {
  const { say } = useWords();
  return (
    <Dialog title={say("positions.close_title")} isOpen onClose={onClose}>
      <Ask position={position} onClose={onClose} />
    </Dialog>
  );
}

function Ask({ position, onClose }: { position: Position; onClose: () => void }) {
  const { say } = useWords();
  const account = useLive((live) => live.portfolio?.find((each) => each.account === position.account)) ?? null;
  const last = useLive((live) => live.prices[position.instrument]?.price) ?? position.mark;
  const { byId } = useInstruments();
  const instrument = byId.get(position.instrument);
  const lock = useOrderLock();
  const held = parse(position.quantity)!;
  const side = sign(held) > 0 ? "sell" : "buy";
  const [quantity, setQuantity] = useState(absolute(position.quantity));
  const [isSending, setSending] = useState(false);
  const [answer, setAnswer] = useState<Answer | null>(() => {
    const wish = unanswered();
    return wish ? { kind: "unknown", wish } : null;
  });
  const isSent = useRef(false);
  const asked = parse(quantity);
  const isTooMuch = asked !== null && compare(asked, parse(absolute(position.quantity))!) > 0;
  const isWhole = instrument ? isOnLot(quantity, instrument.lot) : asked !== null && sign(asked) > 0;
  const after = asked === null ? null : side === "sell" ? subtract(held, asked) : subtract(held, { units: -asked.units, scale: asked.scale });
  const send = async (wish?: Wish): Promise<void> => {
    if (isSent.current || lock !== null) return;
    isSent.current = true; // once per dialog; a refusal or a failure opens it again below
    setSending(true);
    const body: NewOrder = {
      account: position.account,
      instrument: position.instrument,
      side,
      kind: "market",
      quantity: quantity.trim().replaceAll(",", ""),
      timing: "now",
      time_in_force: "ioc",
      reduce_only: true,
    };
    const got = await submit(body, wish);
    setAnswer(got);
    setSending(false);
    isSent.current = got.kind === "taken";
  };
  return (
    <form
      className={`surface-${account?.kind ?? "none"} close-form`}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isTooMuch && isWhole && answer?.kind !== "unknown" && answer?.kind !== "taken") void send();
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && event.repeat) event.preventDefault();
      }}
    >
      <div className="mode-row">
        <AccountBadge account={account} isLong />
      </div>
      <p>
        <InstrumentName id={position.instrument} name={position.name} isLink={false} />{" "}
        <span className="figure">{exactly(position.quantity)}</span>
      </p>
      <label className="field">
        <span>{say("positions.close_quantity")}</span>
        <input inputMode="decimal" autoComplete="off" value={quantity} onChange={(event) => setQuantity(event.target.value)} />
      </label>
      {isTooMuch && (
        <p className="fault" role="alert">
          <Icon name="warning" /> {say("positions.close_too_much", { held: exactly(absolute(position.quantity)) })}
        </p>
      )}
      {!isTooMuch && !isWhole && (
        <p className="fault" role="alert">
          <Icon name="warning" /> {say("ticket.need_quantity", { lot: exactly(instrument?.lot ?? "1") })}
        </p>
      )}
      <p className="echo">
        {say("positions.close_preview", {
          side: say(`side.${side}`),
          quantity: exactly(quantity),
          after: after === null ? "–" : exactly(plain(after)),
        })}{" "}
        {last !== null &&
          say("positions.close_value", {
            price: priceText(last, instrument?.price_scale),
            value: `${money(notional(last, quantity), position.currency)} ${position.currency}`,
          })}
      </p>
      {lock !== null && (
        <p className="lock" role="status">
          <Icon name="lock" /> {lock}
        </p>
      )}
      {answer && (
        <Outcome
          answer={answer}
          isLocked={lock !== null}
          isSending={isSending}
          onAskAgain={(wish) => void send(wish)}
          onDiscard={() => {
            forgetWish();
            setAnswer(null);
          }}
        />
      )}
      <div className="row">
        <button type="button" className="button" onClick={onClose}>
          {say(answer?.kind === "taken" ? "common.close" : "common.cancel")}
        </button>
        {answer?.kind !== "taken" && (
          <button
            type="submit"
            className={`button submit-${side}`}
            disabled={lock !== null}
            aria-disabled={isSending || isTooMuch || !isWhole || answer?.kind === "unknown"}
            onClick={(event) => {
              if (event.detail > 1) event.preventDefault();
            }}
          >
            {isSending ? say("ticket.sending") : say("positions.close_do")}
          </button>
        )}
      </div>
    </form>
  );
}
