// Equity over time as one line, with its ends and extremes said in words.
import { useMemo } from "react";
import { api } from "../api/client";
import type { EquityPoint } from "../api/types";
import { forDrawing } from "../numbers/exact";
import { compact, money, type Language } from "../numbers/format";
import { millis, moment, shortMoment } from "../numbers/time";
import { Loaded } from "../parts/loaded";
import { useResource } from "../parts/resource";
import { useLive } from "../stream/live";
import { useWords } from "../words/words";

const WIDTH = 600;
const HEIGHT = 132;
const EDGE = 6;
const POINTS = 300;

interface Drawn {
  line: string;
  area: string;
  low: EquityPoint;
  high: EquityPoint;
  first: EquityPoint;
  last: EquityPoint;
}

/** The line in the box; null with fewer than two points. */
export function drawn(points: EquityPoint[]): Drawn | null {
  if (points.length < 2) return null;
  const values = points.map((point) => forDrawing(point.equity));
  const times = points.map((point) => millis(point.at));
  const least = Math.min(...values);
  const most = Math.max(...values);
  const from = times[0]!;
  const span = times.at(-1)! - from || 1;
  const x = (index: number): number => ((times[index]! - from) / span) * WIDTH;
  const y = (value: number): number =>
    most === least ? HEIGHT / 2 : EDGE + (1 - (value - least) / (most - least)) * (HEIGHT - 2 * EDGE);
  const line = values.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  return {
    line,
    area: `0,${HEIGHT} ${line} ${WIDTH},${HEIGHT}`,
    low: points[values.indexOf(least)]!,
    high: points[values.indexOf(most)]!,
    first: points[0]!,
    last: points.at(-1)!,
  };
}

/** Won in 만 and 억; other money as it is. */
function brief(amount: string, currency: string, language: Language): string {
  return currency === "KRW" ? compact(amount, language) : money(amount, currency);
}

export function EquityCurve(props: { account: string; currency: string; now: string; at: string }) {
  const { say, language, zone } = useWords();
  const { account, currency } = props;
  const reconnects = useLive((live) => live.reconnects);
  const curve = useResource(`equity-${account}-${currency}#${reconnects}`, (signal) =>
    api.equity(account, currency, POINTS, signal),
  );
  const points = curve.data?.points;
  const picture = useMemo(() => {
    if (!points) return null;
    const last = points.at(-1);
    const isNewer = !last || millis(props.at) > millis(last.at);
    return drawn(isNewer ? [...points, { at: props.at, equity: props.now }] : points);
  }, [points, props.at, props.now]);
  return (
    <div className="curve">
      <Loaded
        what={say("dashboard.curve")}
        of={curve}
        has={curve.data !== null}
        isEmpty={picture === null}
        empty={<p className="quiet">{say("dashboard.curve_empty")}</p>}
        rows={2}
      >
        {picture && (
          <figure>
            <svg
              viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
              preserveAspectRatio="none"
              role="img"
              aria-label={say("dashboard.curve_summary", {
                from: moment(picture.first.at, zone),
                to: moment(picture.last.at, zone),
                first: money(picture.first.equity, currency),
                last: money(picture.last.equity, currency),
                high: money(picture.high.equity, currency),
                low: money(picture.low.equity, currency),
              })}
            >
              <polygon points={picture.area} className="curve-area" />
              <polyline points={picture.line} className="curve-line" vectorEffect="non-scaling-stroke" />
            </svg>
            <figcaption>
              <span>{shortMoment(picture.first.at, zone)}</span>
              <span>
                {brief(picture.low.equity, currency, language)} – {brief(picture.high.equity, currency, language)}
              </span>
              <span>
                {shortMoment(picture.last.at, zone)} {zone}
              </span>
            </figcaption>
          </figure>
        )}
      </Loaded>
    </div>
  );
}
