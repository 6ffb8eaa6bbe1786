// Which account, and whether its money is real: the word, the frame and the broker, on every surface that can order.
import type { Account } from "../api/types";
import { useWords } from "../words/words";
import { Told } from "./figures";

/** A live account's number is masked to its last four signs. */
export function masked(account: Account): string {
  if (account.kind === "paper" || account.account.length <= 4) return account.account;
  return `••••${account.account.slice(-4)}`;
}

export function AccountBadge({ account, isLong = false }: { account: Account | null; isLong?: boolean }) {
  const { say } = useWords();
  if (!account) return <span className="mode mode-none">{say("mode.unknown")}</span>;
  return (
    <span className={`mode mode-${account.kind}`} data-mode={account.kind}>
      <strong>{say(`mode.${account.kind}`)}</strong>
      <Told>
        {account.broker} · {masked(account)}
      </Told>
      {isLong && <span className="mode-long">{say(`mode.${account.kind}_long`)}</span>}
    </span>
  );
}
