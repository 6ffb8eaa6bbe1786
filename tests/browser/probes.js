// What the tests ask of the page itself. One expression: an object of functions, called by name with one argument.
({
  /** Contrast of every text colour on every ground, and of the words on the order buttons. */
  contrast: () => {
    const parse = (text) => text.match(/[\d.]+/g).slice(0, 3).map(Number);
    const linear = (part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
    const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    const ratio = (a, b) => {
      const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
      return (x + 0.05) / (y + 0.05);
    };
    const probe = document.body.appendChild(document.createElement("span"));
    const colour = (name) => {
      probe.style.color = `var(${name})`;
      return parse(getComputedStyle(probe).color);
    };
    const found = {};
    const texts = ["--up", "--down", "--ok", "--warn", "--danger", "--text", "--text-soft", "--old", "--paper", "--live"];
    for (const text of texts)
      for (const ground of ["--surface", "--bg", "--raised"])
        found[`${text} on ${ground}`] = ratio(colour(text), colour(ground));
    for (const side of ["--up", "--down"]) found[`button ${side}`] = ratio(colour("--on-direction"), colour(side));
    probe.remove();
    return found;
  },

  /** Controls smaller than `least` px on either side. A choice is as large as its label. */
  small: (least) =>
    [...document.querySelectorAll("button, input, select, textarea, summary, .tabs a, .rail a")]
      .filter((e) => e.checkVisibility() && !e.closest(".visually-hidden"))
      .filter((e) => {
        const target = e.matches(".choice input, .segment input") ? e.parentElement : e;
        const box = target.getBoundingClientRect();
        return box.width < least - 0.5 || box.height < least - 0.5;
      })
      .map((e) => e.outerHTML.slice(0, 120)),

  sideways: () => document.documentElement.scrollWidth - document.documentElement.clientWidth,

  /** Why the focused element cannot be seen, or null. */
  unseen: () => {
    const e = document.activeElement;
    if (!e || e === document.body) return null;
    const box = e.getBoundingClientRect();
    const look = getComputedStyle(e.matches(".segment input") ? e.parentElement : e);
    const top = e.closest(".top, .skip") ? 0 : document.querySelector(".top").getBoundingClientRect().bottom - 1;
    const isSeen = look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2;
    return isSeen && box.bottom > top && box.top < innerHeight ? null : `${isSeen} ${box.top} ${e.outerHTML.slice(0, 120)}`;
  },

  isFocusInDialog: () => document.activeElement === document.body || document.activeElement.closest("dialog") !== null,

  /** All text a person can see or hear, except what the server wrote, programs and keys. */
  texts: () => {
    const skip =
      "[data-from=server], [translate=no], script, style, noscript, textarea, code, pre, kbd, option, [lang]:not(html)";
    const texts = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) if (!walk.currentNode.parentElement.closest(skip)) texts.push(walk.currentNode.data.trim());
    for (const e of document.querySelectorAll("[aria-label], [placeholder], [title]"))
      if (!e.closest(skip))
        for (const name of ["aria-label", "placeholder", "title"]) if (e.hasAttribute(name)) texts.push(e.getAttribute(name));
    return texts.filter(Boolean);
  },

  /** The colour word of the first element found. */
  hue: (selector) => {
    const [r, g, b] = getComputedStyle(document.querySelector(selector)).color.match(/\d+/g).map(Number);
    if (r > g + 40 && g > b + 25 && r > 120) return "orange";
    if (r > g && r > b) return "red";
    return b > r && b > g ? "blue" : "green";
  },

  /** How many strongly red and green pixels the chart has. */
  pixels: () => {
    let red = 0;
    let green = 0;
    for (const canvas of document.querySelectorAll(".canvas canvas")) {
      if (!canvas.width) continue;
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      for (let i = 0; i < data.length; i += 4) {
        const [r, g, b, a] = data.slice(i, i + 4);
        if (a < 200) continue;
        if (r > 180 && g < 60 && b < 80) red += 1;
        if (r < 40 && g > 90 && b < 90 && g > b + 30) green += 1;
      }
    }
    return { red, green };
  },

  cachedPaths: async () => {
    const paths = [];
    for (const name of await caches.keys())
      for (const request of await (await caches.open(name)).keys()) paths.push(new URL(request.url).pathname);
    return paths;
  },

  kept: async () => ({
    caches: (await caches.keys()).length,
    session: sessionStorage.length,
    databases: (await indexedDB.databases()).length,
  }),

  pressSubmit: (times) => {
    const button = document.querySelector("[data-testid=submit-order]");
    for (let press = 0; press < times; press += 1) button.click();
  },

  selected: () => {
    const e = document.activeElement;
    return e.value.slice(e.selectionStart, e.selectionEnd);
  },

  follow: (path) => {
    history.pushState(null, "", path);
    dispatchEvent(new PopStateEvent("popstate"));
  },

  choose: (settings) => {
    const kept = JSON.parse(localStorage.getItem("jts.settings"));
    localStorage.setItem("jts.settings", JSON.stringify({ ...kept, ...settings }));
  },

  updateWorker: async () => {
    await (await navigator.serviceWorker.getRegistration()).update();
  },
});
