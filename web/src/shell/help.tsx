// The keys, listed.
import { Dialog } from "../parts/dialog";
import { useSettings } from "../settings/settings";
import { useWords } from "../words/words";
import { GO_KEYS } from "./keyboard";

export function Help({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { say } = useWords();
  const isOn = useSettings((settings) => settings.shortcuts);
  const rows: [string[], string][] = [
    [["?"], say("help.help")],
    [["Ctrl", "K"], say("help.palette")],
    [["/"], say("help.search")],
    ...GO_KEYS.map(([key, screen]): [string[], string] => [
      ["g", key],
      say("help.go", { screen: say(`screen.${screen}`) }),
    ]),
    [["j", "k"], say("help.rows")],
    [["←", "→"], say("help.chart")],
    [["Esc"], say("help.close")],
  ];
  return (
    <Dialog title={say("help.title")} isOpen={isOpen} onClose={onClose}>
      {!isOn && <p className="echo">{say("help.off")}</p>}
      <table className="table keys">
        <thead>
          <tr>
            <th scope="col">{say("help.key")}</th>
            <th scope="col">{say("help.does")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([keys, does]) => (
            <tr key={keys.join(" ")}>
              <td>
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </td>
              <td>{does}</td>
            </tr>
          ))}
          <tr>
            <td>{say("help.kill_keys")}</td>
            <td>{say("help.kill")}</td>
          </tr>
        </tbody>
      </table>
    </Dialog>
  );
}
