// A table of rows on a wide screen, cards on a phone: the same columns, paged, with CSV, and rows that hold still.
import { useEffect, useMemo, useRef, useState, useSyncExternalStore, type ReactNode } from "react";
import { useWords } from "../words/words";
import { steady } from "./steady";

export interface Column<T> {
  id: string;
  label: string;
  cell: (row: T) => ReactNode;
  isNumber?: boolean;
  /** On a phone: head of the card, its buttons, or left out. Otherwise a labelled figure. */
  onPhone?: "head" | "action" | "hidden";
  csv?: (row: T) => string;
  /** In the saved file only: on the screen another column tells it. */
  isCsvOnly?: boolean;
}

const PAGE_ROWS = 100;
const phone = matchMedia("(max-width: 719px)");

export function useIsPhone(): boolean {
  return useSyncExternalStore(
    (listener) => {
      phone.addEventListener("change", listener);
      return () => phone.removeEventListener("change", listener);
    },
    () => phone.matches,
  );
}

function saveCsv<T>(name: string, columns: Column<T>[], rows: T[]): void {
  const quoted = (text: string): string => {
    const safe = /^[=+@\t\r]/.test(text) ? `'${text}` : text; // a spreadsheet must not run what a name contains
    return `"${safe.replaceAll('"', '""')}"`;
  };
  const used = columns.filter((column) => column.csv);
  const lines = [used.map((column) => quoted(column.label)), ...rows.map((row) => used.map((c) => quoted(c.csv!(row))))];
  const text = `\uFEFF${lines.map((line) => line.join(",")).join("\r\n")}\r\n`; // the mark lets Excel read Korean
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  link.download = `${name}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

interface GridProps<T> {
  caption: string;
  columns: Column<T>[];
  rows: T[];
  rowId: (row: T) => string;
  /** Classes of a row, e.g. for a state. */
  rowLook?: (row: T) => string;
  isHolding?: boolean;
  csvName?: string;
  foot?: ReactNode;
}

export function Grid<T>({ caption, columns: allColumns, rows, rowId, rowLook, isHolding = false, csvName, foot }: GridProps<T>) {
  const { say } = useWords();
  const isPhone = useIsPhone();
  const [pages, setPages] = useState(1);
  const [held, setHeld] = useState<string[] | null>(null);
  const columns = useMemo(() => allColumns.filter((column) => !column.isCsvOnly), [allColumns]);
  const latest = useRef(rows);
  latest.current = rows;
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (!element || !isHolding) return undefined;
    const hold = (): void => setHeld((old) => old ?? latest.current.map(rowId));
    const release = (): void => {
      if (!element.matches(":hover") && !element.contains(document.activeElement)) setHeld(null);
    };
    const soon = (): void => void setTimeout(release, 0);
    element.addEventListener("pointerenter", hold);
    element.addEventListener("focusin", hold);
    element.addEventListener("pointerleave", soon);
    element.addEventListener("focusout", soon);
    return () => {
      element.removeEventListener("pointerenter", hold);
      element.removeEventListener("focusin", hold);
      element.removeEventListener("pointerleave", soon);
      element.removeEventListener("focusout", soon);
    };
  }, [isHolding, rowId]);
  const { rows: still, waiting } = useMemo(() => steady(rows, held, rowId), [rows, held, rowId]);
  const shown = still.slice(0, pages * PAGE_ROWS);
  const more = still.length - shown.length;
  return (
    <div ref={host} className="grid-host">
      {waiting > 0 && (
        <button type="button" className="chip" onClick={() => setHeld(rows.map(rowId))}>
          {say("common.new_rows", { n: waiting })}
        </button>
      )}
      {isPhone ? (
        <Cards caption={caption} columns={columns} rows={shown} rowId={rowId} rowLook={rowLook} />
      ) : (
        <div className="table-scroll">
          <table className="table">
            <caption className="visually-hidden">{caption}</caption>
            <thead>
              <tr>
                {columns.map((column) => (
                  <th key={column.id} scope="col" className={column.isNumber ? "number" : ""}>
                    {column.label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => (
                <tr key={rowId(row)} data-row={rowId(row)} className={rowLook?.(row) ?? ""}>
                  {columns.map((column) => (
                    <td key={column.id} className={column.isNumber ? "number" : ""}>
                      {column.cell(row)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
            {foot}
          </table>
        </div>
      )}
      <div className="grid-foot">
        {more > 0 && (
          <button type="button" className="button small" onClick={() => setPages(pages + 1)}>
            {say("common.more_rows", { n: Math.min(more, PAGE_ROWS) })}
          </button>
        )}
        {csvName && (
          <button type="button" className="button small quiet-button" onClick={() => saveCsv(csvName, allColumns, rows)}>
            {say("common.csv")}
          </button>
        )}
      </div>
    </div>
  );
}

function Cards<T>({
  caption,
  columns,
  rows,
  rowId,
  rowLook,
}: {
  caption: string;
  columns: Column<T>[];
  rows: T[];
  rowId: (row: T) => string;
  rowLook: ((row: T) => string) | undefined;
}) {
  const heads = columns.filter((column) => column.onPhone === "head");
  const figures = columns.filter((column) => column.onPhone === undefined);
  const actions = columns.filter((column) => column.onPhone === "action");
  return (
    <ul className="cards" aria-label={caption}>
      {rows.map((row) => (
        <li key={rowId(row)} data-row={rowId(row)} className={`card ${rowLook?.(row) ?? ""}`}>
          <div className="card-head">
            {heads.map((column) => (
              <div key={column.id}>{column.cell(row)}</div>
            ))}
          </div>
          <dl className="card-figures">
            {figures.map((column) => (
              <div key={column.id}>
                <dt>{column.label}</dt>
                <dd>{column.cell(row)}</dd>
              </div>
            ))}
          </dl>
          {actions.length > 0 && (
            <div className="card-actions">
              {actions.map((column) => (
                <div key={column.id}>{column.cell(row)}</div>
              ))}
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}
