// One box that finds screens, instruments and actions; Korean names also by their first consonants.
import { useId, useMemo, useState } from "react";
import { api } from "../api/client";
import { matches } from "../numbers/choseong";
import { Dialog } from "../parts/dialog";
import { useResource } from "../parts/resource";
import { change, useSettings } from "../settings/settings";
import { useWords } from "../words/words";
import { go, pathOf, SCREENS } from "./route";
import { signOut } from "./session";

interface Command {
  id: string;
  group: string;
  name: string;
  also: string;
  isFromServer?: boolean;
  run: () => void;
}

const SHOWN_MAX = 40;

export function Palette(props: { isOpen: boolean; onClose: () => void; onKill: () => void; onHelp: () => void }) {
  const { say } = useWords();
  return (
    <Dialog title={say("palette.title")} isOpen={props.isOpen} onClose={props.onClose} className="palette">
      <Find {...props} />
    </Dialog>
  );
}

function useCommands(onKill: () => void, onHelp: () => void): Command[] {
  const { say } = useWords();
  const zone = useSettings((settings) => settings.zone);
  const instruments = useResource("instruments", (signal) => api.instruments(signal)).data?.instruments;
  return useMemo(() => {
    const action = (id: string, name: string, run: () => void): Command => ({
      id,
      group: say("palette.actions"),
      name,
      also: id,
      run,
    });
    return [
      ...SCREENS.filter((screen) => screen !== "more").map((screen) => ({
        id: `screen-${screen}`,
        group: say("palette.screens"),
        name: say(`screen.${screen}`),
        also: screen,
        run: () => go(pathOf(screen)),
      })),
      ...(instruments ?? []).map((each) => ({
        id: `symbol-${each.id}`,
        group: say("palette.symbols"),
        name: each.name === each.id ? each.id : `${each.name} ${each.id}`,
        also: each.id,
        isFromServer: true,
        run: () => go(`/chart?instrument=${encodeURIComponent(each.id)}`),
      })),
      action("kill", say("palette.kill"), onKill),
      action("order", say("palette.new_order"), () => go("/orders?ticket=open")),
      action("light", say("palette.theme_light"), () => change({ theme: "light" })),
      action("dark", say("palette.theme_dark"), () => change({ theme: "dark" })),
      action("korean", say("palette.language_ko"), () => change({ language: "ko" })),
      action("english", say("palette.language_en"), () => change({ language: "en" })),
      action("zone", say("palette.zone"), () => change({ zone: zone === "KST" ? "UTC" : "KST" })),
      action("help", say("palette.help"), onHelp),
      action("sign-out", say("palette.sign_out"), () => void signOut()),
    ];
  }, [say, zone, instruments, onKill, onHelp]);
}

function Find({ onClose, onKill, onHelp }: { onClose: () => void; onKill: () => void; onHelp: () => void }) {
  const { say } = useWords();
  const id = useId();
  const [wanted, setWanted] = useState("");
  const [at, setAt] = useState(0);
  const commands = useCommands(onKill, onHelp);
  const found = commands.filter((c) => matches(`${c.name} ${c.also}`, wanted)).slice(0, SHOWN_MAX);
  const chosen = Math.min(at, found.length - 1);
  const run = (command: Command | undefined): void => {
    if (!command) return;
    onClose();
    setTimeout(command.run, 0); // after the dialog has given the focus back
  };
  return (
    <>
      <input
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls={id}
        aria-label={say("palette.title")}
        aria-activedescendant={found[chosen] ? `${id}-${found[chosen].id}` : undefined}
        placeholder={say("palette.placeholder")}
        autoFocus
        value={wanted}
        onChange={(event) => {
          setWanted(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return; // the Enter that ends a Korean syllable is not a choice
          if (event.key === "ArrowDown") setAt(Math.min(found.length - 1, chosen + 1));
          else if (event.key === "ArrowUp") setAt(Math.max(0, chosen - 1));
          else if (event.key === "Enter") run(found[chosen]);
          else return;
          event.preventDefault();
        }}
      />
      <p className="visually-hidden" role="status">
        {say("palette.results", { n: found.length })}
      </p>
      <ul id={id} role="listbox" aria-label={say("palette.title")} className="palette-list">
        {found.map((command, place) => (
          <li
            key={command.id}
            id={`${id}-${command.id}`}
            role="option"
            aria-selected={place === chosen}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => run(command)}
            onKeyDown={(event) => event.key === "Enter" && run(command)}
          >
            <span className="palette-group">{command.group}</span>
            <span {...(command.isFromServer ? { translate: "no", "data-from": "server" } : {})}>{command.name}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="quiet">{say("palette.none")}</p>}
    </>
  );
}
