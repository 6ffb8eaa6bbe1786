// An instrument as people know it, with its exact id beside it.
import { Link } from "../shell/link";
import { Told } from "./figures";

export function InstrumentName({ id, name, isLink = true }: { id: string; name?: string | undefined; isLink?: boolean }) {
  const code = id.split(":").slice(1).join(":") || id;
  const shown = name && name !== id ? name : code;
  const text = (
    <Told>
      <span className="instrument-name">{shown}</span>
      {shown !== code && <span className="instrument-code"> {code}</span>}
    </Told>
  );
  if (!isLink) return <span className="instrument">{text}</span>;
  return (
    <Link className="instrument" href={`/chart?instrument=${encodeURIComponent(id)}`} title={id}>
      {text}
    </Link>
  );
}
