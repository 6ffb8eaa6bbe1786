// A price that knows its tick: steps by one tick, takes the last price, says what the grid is.
import type { TickGrid } from "../api/types";
import { exactly } from "../numbers/format";
import { Icon } from "../parts/icon";
import { useWords } from "../words/words";
import { useId } from "react";

interface PriceFieldProps {
  label: string;
  name: string;
  value: string;
  grid: TickGrid | null;
  last: string | null;
  onChange: (value: string) => void;
}

export function PriceField({ label, name, value, grid, last, onChange }: PriceFieldProps) {
  const { say } = useWords();
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>
        {label} {grid && <span className="hint">{say("ticket.tick", { tick: exactly(grid.tick) })}</span>}
      </label>
      <div className="price-row">
        <button
          type="button"
          className="button icon-only"
          aria-label={`${label}: ${say("ticket.tick_down")}`}
          disabled={!grid}
          onClick={() => grid && onChange(grid.down)}
        >
          <Icon name="minus" />
        </button>
        <input
          id={id}
          name={name}
          inputMode="decimal"
          autoComplete="off"
          value={value}
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={(event) => {
            if (!grid || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
            event.preventDefault();
            onChange(event.key === "ArrowUp" ? grid.up : grid.down);
          }}
        />
        <button
          type="button"
          className="button icon-only"
          aria-label={`${label}: ${say("ticket.tick_up")}`}
          disabled={!grid}
          onClick={() => grid && onChange(grid.up)}
        >
          <Icon name="plus" />
        </button>
        <button type="button" className="button small" disabled={last === null} onClick={() => last && onChange(last)}>
          {say("ticket.take_price")}
        </button>
      </div>
    </div>
  );
}
