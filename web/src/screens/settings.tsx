// What a person may choose, the keys of their scripts, and who is signed in.
import { useState, type FormEvent } from "react";
import { api } from "../api/client";
import type { ApiKey, BrowserSession, NewApiKey, Scope } from "../api/types";
import { moment } from "../numbers/time";
import { Dialog } from "../parts/dialog";
import { Percent, Told } from "../parts/figures";
import { Loaded, Why } from "../parts/loaded";
import { Panel } from "../parts/panel";
import { useResource } from "../parts/resource";
import { change, useSettings } from "../settings/settings";
import { signOut, useSession } from "../shell/session";
import type { WordKey } from "../words/ko";
import { useWords } from "../words/words";
import { Install } from "./install";

export default function SettingsScreen() {
  const { say } = useWords();
  const session = useSession((state) => state.session);
  const health = useSession((state) => state.health);
  const [error, setError] = useState<unknown>(null);
  return (
    <>
      <h1>{say("settings.title")}</h1>
      <div className="columns">
        <Display />
        <Keyboard />
        {session?.scope === "owner" ? (
          <>
            <Keys />
            <Sessions />
          </>
        ) : (
          <Panel title={say("settings.keys")} isLive={false}>
            <p className="quiet">{say("settings.owner_only")}</p>
          </Panel>
        )}
        <Panel title={say("settings.about")} isLive={false}>
          {session && (
            <p>{say("settings.signed_in_as", { name: session.name, scope: say(`settings.scope.${session.scope}`) })}</p>
          )}
          {health && (
            <p>
              JTS {say("link.version", { version: health.version })} · <Told>{health.profile}</Told>
            </p>
          )}
          <p>{say("settings.page_version", { version: __PAGE_VERSION__ })}</p>
          <p className="quiet">{say("chart.attribution")}</p>
          <Install />
          {error !== null && (
            <div className="failed" role="alert">
              <Why error={error} />
            </div>
          )}
          <button
            type="button"
            className="button"
            onClick={() => {
              setError(null);
              void signOut().catch(setError);
            }}
          >
            {say("settings.sign_out")}
          </button>
        </Panel>
      </div>
    </>
  );
}

function Choice<T extends string>(props: { name: string; legend: string; value: T; of: readonly T[]; onChange: (value: T) => void }) {
  const { say } = useWords();
  return (
    <fieldset className="choices">
      <legend>{props.legend}</legend>
      {props.of.map((value) => {
        const key = `settings.${props.name}.${value}` as WordKey;
        return (
          <label key={value} className="choice">
            <input type="radio" name={props.name} checked={props.value === value} onChange={() => props.onChange(value)} />
            <span lang={props.name === "language" ? value : undefined}>{say(key)}</span>
          </label>
        );
      })}
    </fieldset>
  );
}

function Display() {
  const { say, zone } = useWords();
  const settings = useSettings();
  const [opened] = useState(() => Date.now());
  return (
    <Panel title={say("settings.display")} isLive={false}>
      <div className="choice-grid">
        <Choice
          name="language"
          legend={say("settings.language")}
          value={settings.language}
          of={["ko", "en"] as const}
          onChange={(language) => change({ language })}
        />
        <Choice
          name="theme"
          legend={say("settings.theme")}
          value={settings.theme}
          of={["system", "light", "dark"] as const}
          onChange={(theme) => change({ theme })}
        />
        <Choice
          name="colours"
          legend={say("settings.colours")}
          value={settings.colours}
          of={["korean", "western", "safe"] as const}
          onChange={(colours) => change({ colours })}
        />
        <Choice
          name="zone"
          legend={say("settings.zone")}
          value={settings.zone}
          of={["KST", "UTC"] as const}
          onChange={(value) => change({ zone: value })}
        />
      </div>
      <p>
        {say("settings.sample")}: <Percent value="0.0123" /> <Percent value="-0.0123" />{" "}
        <span className="figure">{moment(opened, zone)}</span>
      </p>
    </Panel>
  );
}

function Keyboard() {
  const { say } = useWords();
  const settings = useSettings();
  return (
    <Panel title={say("settings.keyboard")} isLive={false}>
      <label className="choice">
        <input type="checkbox" checked={settings.shortcuts} onChange={(event) => change({ shortcuts: event.target.checked })} />
        <span>
          {say("settings.shortcuts")}
          <span className="quiet">{say("settings.shortcuts_why")}</span>
        </span>
      </label>
      <label className="field">
        <span>{say("settings.reconfirm")}</span>
        <input
          type="number"
          min={1}
          max={1000}
          value={settings.reconfirmBps}
          onChange={(event) => {
            const bps = event.target.valueAsNumber;
            if (Number.isInteger(bps) && bps >= 1 && bps <= 1000) change({ reconfirmBps: bps });
          }}
        />
      </label>
    </Panel>
  );
}

function Keys() {
  const { say, zone } = useWords();
  const keys = useResource("api-keys", (signal) => api.apiKeys(signal));
  const rows: ApiKey[] = keys.data?.api_keys ?? [];
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const [error, setError] = useState<unknown>(null);
  return (
    <Panel title={say("settings.keys")} isLive={false}>
      <p className="quiet">{say("settings.keys_why")}</p>
      <Loaded
        what={say("settings.keys")}
        of={keys}
        has={keys.data !== null}
        isEmpty={rows.length === 0}
        empty={<p>{say("settings.keys_empty")}</p>}
      >
        <ul className="entries">
          {rows.map((key) => (
            <li key={key.id}>
              <div>
                <strong>
                  <Told>{key.name}</Told>
                </strong>{" "}
                <Told as="code">{key.prefix}</Told> · {say(`settings.scope.${key.scope}`)}
                <p className="quiet">
                  {say("settings.key_created")} {moment(key.created_at, zone)} · {say("settings.key_expires")}{" "}
                  {key.expires_at ? moment(key.expires_at, zone) : say("settings.never")} · {say("settings.key_used")}{" "}
                  {key.last_used_at ? moment(key.last_used_at, zone) : say("settings.never")}
                </p>
              </div>
              {key.revoked_at ? (
                <span className="quiet">{say("settings.key_revoked")}</span>
              ) : (
                <button
                  type="button"
                  className="button small"
                  aria-label={say("settings.key_revoke_of", { name: key.name })}
                  onClick={() => setRevoking(key)}
                >
                  {say("settings.key_revoke")}
                </button>
              )}
            </li>
          ))}
        </ul>
      </Loaded>
      <NewKey onMade={keys.retry} />
      <Dialog title={say("settings.key_revoke")} isOpen={revoking !== null} onClose={() => setRevoking(null)}>
        <p>{say("settings.key_revoke_echo", { name: revoking?.name ?? "", prefix: revoking?.prefix ?? "" })}</p>
        {error !== null && (
          <div className="failed" role="alert">
            <Why error={error} />
          </div>
        )}
        <div className="row">
          <button type="button" className="button" onClick={() => setRevoking(null)}>
            {say("common.cancel")}
          </button>
          <button
            type="button"
            className="button primary"
            onClick={() => {
              setError(null);
              void api
                .revokeApiKey(revoking!.id)
                .then(() => {
                  setRevoking(null);
                  keys.retry();
                })
                .catch(setError);
            }}
          >
            {say("settings.key_revoke")}
          </button>
        </div>
      </Dialog>
    </Panel>
  );
}

const DAY_MS = 86_400_000;

function NewKey({ onMade }: { onMade: () => void }) {
  const { say } = useWords();
  const [name, setName] = useState("");
  const [scope, setScope] = useState<Scope>("read");
  const [days, setDays] = useState("90");
  const [made, setMade] = useState<NewApiKey | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const create = (event: FormEvent): void => {
    event.preventDefault();
    if (isBusy || name.trim() === "") return;
    setBusy(true);
    setError(null);
    const expires = days === "" ? {} : { expires_at: new Date(Date.now() + Number(days) * DAY_MS).toISOString() };
    void api
      .newApiKey({ name: name.trim(), scope, ...expires })
      .then((key) => {
        setMade(key);
        setName("");
        onMade();
      })
      .catch(setError)
      .finally(() => setBusy(false));
  };
  return (
    <form className="new-key" onSubmit={create}>
      <div className="fields three">
        <label className="field">
          <span>{say("settings.key_name")}</span>
          <input required maxLength={64} autoComplete="off" value={name} onChange={(event) => setName(event.target.value)} />
        </label>
        <label className="field">
          <span>{say("settings.key_scope")}</span>
          <select value={scope} onChange={(event) => setScope(event.target.value as Scope)}>
            <option value="read">{say("settings.scope.read")}</option>
            <option value="trade">{say("settings.scope.trade")}</option>
          </select>
        </label>
        <label className="field">
          <span>{say("settings.key_expires_days")}</span>
          <input type="number" min={1} max={3650} value={days} onChange={(event) => setDays(event.target.value)} />
        </label>
      </div>
      {error !== null && (
        <div className="failed" role="alert">
          <Why error={error} />
        </div>
      )}
      <button type="submit" className="button" aria-disabled={isBusy}>
        {say("settings.key_create")}
      </button>
      {made && (
        <div className="echo" role="status" data-testid="new-key">
          <p>{say("settings.key_once")}</p>
          <p className="secret">
            <Told as="code">{made.key}</Told>
          </p>
        </div>
      )}
    </form>
  );
}

function Sessions() {
  const { say, zone } = useWords();
  const sessions = useResource("sessions", (signal) => api.sessions(signal));
  const rows: BrowserSession[] = sessions.data?.sessions ?? [];
  const [error, setError] = useState<unknown>(null);
  return (
    <Panel title={say("settings.sessions")} isLive={false}>
      <Loaded
        what={say("settings.sessions")}
        of={sessions}
        has={sessions.data !== null}
        isEmpty={rows.length === 0}
        empty={<p>{say("common.none")}</p>}
      >
        <ul className="entries">
          {rows.map((session) => (
            <li key={session.id}>
              <div>
                <strong>
                  <Told>{session.name}</Told>
                </strong>{" "}
                {session.current && <span className="badge info">{say("settings.session_this")}</span>}
                <p className="quiet">
                  {say("settings.session_seen")} {moment(session.last_seen_at, zone)} · {say("settings.key_expires")}{" "}
                  {moment(session.expires_at, zone)}
                </p>
              </div>
              <button
                type="button"
                className="button small"
                aria-label={say("settings.session_end_of", { name: session.name })}
                onClick={() => {
                  setError(null);
                  void api.endSession(session.id).then(sessions.retry).catch(setError);
                }}
              >
                {say("settings.session_end")}
              </button>
            </li>
          ))}
        </ul>
      </Loaded>
      {error !== null && (
        <div className="failed" role="alert">
          <Why error={error} />
        </div>
      )}
    </Panel>
  );
}
