// Shown in place of any screen while nobody is signed in. The address stays, so the person comes back to it.
import { useEffect, useState } from "react";
import { useWords } from "../words/words";
import { checkSession, useSession } from "./session";

/** The one-time token in whatever was pasted: a whole link, a path, or null. */
export function tokenIn(pasted: string): string | null {
  const found = /[?&]token=([A-Za-z0-9._~-]{8,512})/.exec(pasted.trim());
  return found ? found[1]! : null;
}

export function SignIn() {
  const { say } = useWords();
  const signIn = useSession((session) => session.signIn);
  const [pasted, setPasted] = useState("");
  const [message, setMessage] = useState("");
  useEffect(() => {
    const look = (): void => void (document.hidden || checkSession()); // signed in meanwhile, in another tab
    document.addEventListener("visibilitychange", look);
    addEventListener("focus", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      removeEventListener("focus", look);
    };
  }, []);
  return (
    <main id="main" className="sign-in" data-screen="sign-in" tabIndex={-1}>
      <img src="/icons/icon.svg" alt="" width="56" height="56" />
      <h1>{say("sign_in.title")}</h1>
      <p>{say("sign_in.how")}</p>
      <pre className="command">
        <code>jts link</code>
      </pre>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const token = tokenIn(pasted);
          if (token) location.assign(`/welcome?token=${encodeURIComponent(token)}`);
          else setMessage(say("sign_in.bad_link"));
        }}
      >
        <label className="field">
          <span>{say("sign_in.paste")}</span>
          <input
            type="text"
            inputMode="url"
            autoComplete="off"
            spellCheck={false}
            value={pasted}
            onChange={(event) => setPasted(event.target.value)}
          />
        </label>
        <div className="row">
          <button type="submit" className="button primary">
            {say("sign_in.open")}
          </button>
          <button
            type="button"
            className="button"
            onClick={() => {
              setMessage(say("sign_in.checking"));
              void checkSession().then(() => {
                if (useSession.getState().signIn === "out") setMessage(say("sign_in.still_out"));
              });
            }}
          >
            {say("sign_in.again")}
          </button>
        </div>
      </form>
      <p role="status">{signIn === "unreachable" ? say("sign_in.server_down") : message}</p>
      <p className="quiet">{say("sign_in.kept")}</p>
    </main>
  );
}
