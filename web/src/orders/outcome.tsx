// What came of a wish: taken, refused with its numbers, failed, or unknown, which is never dressed as a failure.
import { Problem } from "../api/client";
import { Told } from "../parts/figures";
import { Icon } from "../parts/icon";
import { Why } from "../parts/loaded";
import { Link } from "../shell/link";
import { controlName, useWords } from "../words/words";
import type { Answer, Wish } from "./submit";

interface OutcomeProps {
  answer: Answer;
  isLocked: boolean;
  isSending: boolean;
  onAskAgain: (wish: Wish) => void;
  onDiscard: () => void;
}

export function Outcome({ answer, isLocked, isSending, onAskAgain, onDiscard }: OutcomeProps) {
  const { say } = useWords();
  switch (answer.kind) {
    case "taken":
      return (
        <div className="outcome ok" role="status" data-outcome="taken">
          <p>
            <Icon name="ok" /> {say("ticket.taken")}
          </p>
          <p className="quiet">
            {say("ticket.order_id")} <Told as="code">{answer.taken.order}</Told>
          </p>
          <Link href={`/orders/${encodeURIComponent(answer.taken.order)}`}>{say("ticket.see_life")}</Link>
        </div>
      );
    case "refused":
      return <Refused problem={answer.problem} />;
    case "failed":
      return (
        <div className="outcome danger" role="alert" data-outcome="failed">
          <p>
            <Icon name="warning" /> {say("ticket.failed")}
          </p>
          <Why error={answer.problem} />
          <FieldErrors problem={answer.problem} />
        </div>
      );
    case "unknown":
      return (
        <div className="outcome warn" role="alert" data-outcome="unknown">
          <p>
            <Icon name="question" /> <strong>{say("order.state.unknown")}</strong> {say("ticket.unknown")}
          </p>
          <p>
            {say("ticket.unanswered", {
              what: `${say(`side.${answer.wish.body.side}`)} ${answer.wish.body.quantity} ${answer.wish.body.instrument}`,
            })}
          </p>
          <p className="quiet">{say("ticket.unknown_do")}</p>
          <div className="row">
            <button
              type="button"
              className="button primary"
              data-testid="ask-again"
              disabled={isLocked}
              aria-disabled={isSending}
              onClick={() => onAskAgain(answer.wish)}
            >
              {say("ticket.ask_again")}
            </button>
            <button type="button" className="button" onClick={onDiscard}>
              {say("ticket.discard")}
            </button>
          </div>
        </div>
      );
  }
}

function Refused({ problem }: { problem: Problem }) {
  const { say } = useWords();
  const { control = "", limit = "", value = "", detail, correlation_id: correlation } = problem.body;
  return (
    <div className="outcome danger" role="alert" data-outcome="refused">
      <p>
        <Icon name="cross" /> {say("ticket.refused")}
      </p>
      <RefusalFigures control={control} limit={limit} value={value} message={detail} />
      {correlation && (
        <p className="quiet">
          {say("state.correlation")} <Told as="code">{correlation}</Told>
        </p>
      )}
    </div>
  );
}

export function RefusalFigures(props: { control: string; limit: string; value: string; message: string }) {
  const { say } = useWords();
  return (
    <dl className="facts">
      <div>
        <dt>{say("ticket.control")}</dt>
        <dd>{controlName(say, props.control)}</dd>
      </div>
      <div>
        <dt>{say("ticket.limit")}</dt>
        <dd>
          <Told>{props.limit}</Told>
        </dd>
      </div>
      <div>
        <dt>{say("ticket.value")}</dt>
        <dd>
          <Told>{props.value}</Told>
        </dd>
      </div>
      <div>
        <dt>{say("ticket.remedy")}</dt>
        <dd>
          <Told>{props.message}</Told>
        </dd>
      </div>
    </dl>
  );
}

function FieldErrors({ problem }: { problem: Problem }) {
  if (!problem.body.errors?.length) return null;
  return (
    <ul>
      {problem.body.errors.map((error) => (
        <li key={error.field}>
          <Told>
            {error.field}: {error.message}
          </Told>
        </li>
      ))}
    </ul>
  );
}
