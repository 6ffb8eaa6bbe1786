// The beginning: settings painted, the last picture recalled, who is signed in asked, then the screens.
import { lazy, StrictMode, useEffect, type ComponentType } from "react";
import { createRoot } from "react-dom/client";
import "./screens/install";
import { followSettings } from "./settings/settings";
import { Frame } from "./shell/frame";
import { go, useRoute, type Screen } from "./shell/route";
import { checkSession, placeToReturnTo, useSession } from "./shell/session";
import { SignIn } from "./shell/sign_in";
import { recall } from "./stream/live";
import { Stream } from "./stream/stream";
import { useWords } from "./words/words";
import Dashboard from "./screens/dashboard";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/parts.css";
import "./styles/screens.css";

const SCREEN: Record<Screen, ComponentType> = {
  dashboard: Dashboard,
  chart: lazy(() => import("./screens/chart")),
  orders: lazy(() => import("./screens/orders")),
  positions: lazy(() => import("./screens/positions")),
  strategies: lazy(() => import("./screens/strategies")),
  risk: lazy(() => import("./screens/risk")),
  data: lazy(() => import("./screens/data")),
  settings: lazy(() => import("./screens/settings")),
  more: lazy(() => import("./screens/more")),
};

const stream = new Stream(() => void checkSession());

function App() {
  const { say } = useWords();
  const signIn = useSession((session) => session.signIn);
  const { screen } = useRoute();
  const isIn = signIn === "in";
  useEffect(() => {
    if (!isIn) return;
    stream.start();
    const place = location.pathname === "/" ? placeToReturnTo() : null;
    if (place) go(place);
  }, [isIn]);
  useEffect(() => {
    if (signIn === "out") stream.stop();
  }, [signIn]);
  if (signIn === "out") return <SignIn />;
  if (signIn === "checking")
    return (
      <main id="main" className="sign-in">
        <h1 className="visually-hidden">JTS</h1>
        <p role="status">{say("sign_in.checking")}</p>
      </main>
    );
  const Shown = SCREEN[screen];
  return (
    <Frame>
      <Shown key={screen} />
    </Frame>
  );
}

followSettings();
recall();
void checkSession();
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
