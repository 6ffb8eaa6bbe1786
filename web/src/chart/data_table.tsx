// The bars as a table: the same numbers as the drawing, newest first.
import type { BarRow } from "../api/types";
import { exactly, price as priceText } from "../numbers/format";
import { moment } from "../numbers/time";
import { useWords } from "../words/words";
import { useMemo, useState } from "react";

const PAGE_ROWS = 50;

export function DataTable({ bars, scale }: { bars: BarRow[]; scale: number }) {
  const { say, zone } = useWords();
  const [pages, setPages] = useState(1);
  const rows = useMemo(() => bars.toReversed(), [bars]);
  const shown = rows.slice(0, pages * PAGE_ROWS);
  return (
    <div className="table-scroll" data-testid="data-table">
      <table className="table">
        <caption className="visually-hidden">{say("chart.table")}</caption>
        <thead>
          <tr>
            <th scope="col">{say("common.time")}</th>
            {(["open", "high", "low", "close", "volume"] as const).map((name) => (
              <th key={name} scope="col" className="number">
                {say(`chart.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map(([openMs, ...figures]) => (
            <tr key={openMs} data-open={openMs}>
              <td className="figure">{moment(openMs, zone)}</td>
              {figures.map((value, place) => (
                <td key={place} className="number figure">
                  {place < 4 ? priceText(value.toFixed(scale), scale) : exactly(String(value))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > shown.length && (
        <button type="button" className="button small" onClick={() => setPages(pages + 1)}>
          {say("common.more_rows", { n: Math.min(PAGE_ROWS, rows.length - shown.length) })}
        </button>
      )}
    </div>
  );
}
