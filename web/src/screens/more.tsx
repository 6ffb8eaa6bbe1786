// The fifth tab of a phone: the screens that have no tab of their own.
import { Icon, type IconName } from "../parts/icon";
import { Link } from "../shell/link";
import { pathOf, type Screen } from "../shell/route";
import { useWords } from "../words/words";

const HERE: Screen[] = ["strategies", "risk", "data", "settings"];

export default function More() {
  const { say } = useWords();
  return (
    <>
      <h1>{say("screen.more")}</h1>
      <ul className="more-list">
        {HERE.map((screen) => (
          <li key={screen}>
            <Link href={pathOf(screen)}>
              <Icon name={screen as IconName} size={20} /> {say(`screen.${screen}`)} <Icon name="right" />
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}
