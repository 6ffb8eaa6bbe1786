// The fills behind the markers; choosing one tells why it traded: rule, values, risk, order.
import { useEffect, useRef, useState } from "react";
import { api } from "../api/client";
import type { Fill, Order } from "../api/types";
import { exactly, money, price as priceText } from "../numbers/format";
import { clock, moment } from "../numbers/time";
import { SideWord, Told } from "../parts/figures";
import { Loaded } from "../parts/loaded";
import { useResource } from "../parts/resource";
import { Reason } from "../orders/life";
import { Link } from "../shell/link";
import { useWords } from "../words/words";

const PAGE_ROWS = 30;

interface TradesProps {
  fills: Fill[];
  chosen: string | null;
  onChoose: (id: string | null) => void;
  scale: number;
}

export function Trades({ fills, chosen, onChoose, scale }: TradesProps) {
  const { say, zone } = useWords();
  const [pages, setPages] = useState(1);
  const fill = fills.find((each) => each.id === chosen);
  return (
    <>
      {fill && <WhyTraded key={fill.id} fill={fill} scale={scale} onClose={() => onChoose(null)} />}
      <ul className="trades" data-testid="trades">
        {fills.slice(0, pages * PAGE_ROWS).map((each) => (
          <li key={each.id} data-fill={each.id} data-at={each.at} data-price={each.price}>
            <button
              type="button"
              className="trade"
              aria-pressed={each.id === chosen}
              onClick={() => onChoose(each.id === chosen ? null : each.id)}
            >
              <span className="figure">{clock(each.at, zone)}</span>
              <SideWord side={each.side} />
              <span className="figure">{exactly(each.quantity)}</span>
              <span className="figure">{priceText(each.price, scale)}</span>
              <span className="visually-hidden">{say("chart.trade_why")}</span>
            </button>
          </li>
        ))}
      </ul>
      {fills.length > pages * PAGE_ROWS && (
        <button type="button" className="button small" onClick={() => setPages(pages + 1)}>
          {say("common.more_rows", { n: Math.min(PAGE_ROWS, fills.length - pages * PAGE_ROWS) })}
        </button>
      )}
    </>
  );
}

function WhyTraded({ fill, scale, onClose }: { fill: Fill; scale: number; onClose: () => void }) {
  const { say, zone } = useWords();
  const heading = useRef<HTMLHeadingElement>(null);
  const life = useResource(`life-${fill.order}`, (signal) => api.life(fill.order, signal));
  useEffect(() => heading.current?.focus(), []);
  const approval = life.data?.events.find((event) => event.kind === "OrderIntended")?.fields["approval_id"];
  return (
    <div className="why" data-testid="why">
      <h3 ref={heading} tabIndex={-1}>
        {say("chart.why_title")}
      </h3>
      <p className="figure">
        {moment(fill.at, zone)} <SideWord side={fill.side} /> {exactly(fill.quantity)} @ {priceText(fill.price, scale)}
      </p>
      <Loaded what={say("chart.why_title")} of={life} has={life.data !== null} isEmpty={false} empty={null}>
        {life.data && (
          <dl className="facts">
            <ByHand order={life.data.order} />
            <Reason order={life.data.order} />
            {approval && (
              <div>
                <dt>{say("chart.why_risk")}</dt>
                <dd>{say("chart.why_approved", { id: approval })}</dd>
              </div>
            )}
            <div>
              <dt>{say("common.fee")}</dt>
              <dd className="figure" title={exactly(fill.fee)}>
                {money(fill.fee, fill.currency)} {fill.currency}
              </dd>
            </div>
            <div>
              <dt>{say("chart.why_order")}</dt>
              <dd>
                <Link href={`/orders/${encodeURIComponent(fill.order)}`}>
                  <Told as="code">{fill.order}</Told>
                </Link>
              </dd>
            </div>
          </dl>
        )}
      </Loaded>
      <button type="button" className="button small" onClick={onClose}>
        {say("common.close")}
      </button>
    </div>
  );
}

function ByHand({ order }: { order: Order }) {
  const { say } = useWords();
  if (order.source.origin !== "person") return null;
  return (
    <div>
      <dt>{say("orders.source")}</dt>
      <dd>{say("chart.why_person", { actor: order.source.actor })}</dd>
    </div>
  );
}
