// A titled area of a screen. While what is shown is old, the title says so with a clock and its age.
import { useId, type ReactNode } from "react";
import { age } from "../numbers/time";
import { useFreshness } from "../shell/freshness";
import { useWords } from "../words/words";
import { Icon } from "./icon";

export function StaleMark() {
  const { say, language } = useWords();
  const { isFresh, ageMs } = useFreshness();
  if (isFresh || ageMs === null) return null;
  return (
    <span className="stale-mark">
      <Icon name="clock" size={13} />
      {say("link.stale_mark", { age: age(ageMs, language) })}
    </span>
  );
}

export function Panel({
  title,
  actions,
  className = "",
  isLive = true,
  children,
}: {
  title: string;
  actions?: ReactNode;
  className?: string;
  isLive?: boolean;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section className={`panel ${className}`} aria-labelledby={id}>
      <div className="panel-head">
        <h2 id={id}>{title}</h2>
        {isLive && <StaleMark />}
        {actions && <div className="panel-actions">{actions}</div>}
      </div>
      {children}
    </section>
  );
}
