// Finding Korean names by their first consonants: ㅅㅅㅈㅈ finds 삼성전자.

const FIRST = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
const SYLLABLES_FROM = 0xac00;
const SYLLABLES_TO = 0xd7a3;
const SYLLABLES_PER_FIRST = 588;

/** The text with each Hangul syllable replaced by its first consonant. */
export function choseong(text: string): string {
  return Array.from(text, (letter) => {
    const code = letter.codePointAt(0)!;
    if (code < SYLLABLES_FROM || code > SYLLABLES_TO) return letter;
    return FIRST[Math.floor((code - SYLLABLES_FROM) / SYLLABLES_PER_FIRST)]!;
  }).join("");
}

/** Whether `wanted` occurs in `text`: by letters, ignoring case and spaces, or by first consonants. */
export function matches(text: string, wanted: string): boolean {
  const flat = (value: string): string => value.toLowerCase().replaceAll(/\s/g, "");
  const query = flat(wanted);
  return flat(text).includes(query) || flat(choseong(text)).includes(query);
}
