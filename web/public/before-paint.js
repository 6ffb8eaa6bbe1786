// Language, theme and colour scheme of the last visit, set before anything is painted.
(function () {
  var root = document.documentElement;
  var kept = {};
  try {
    kept = JSON.parse(localStorage.getItem("jts.settings") || "{}") || {};
  } catch {
    kept = {};
  }
  var language = kept.language || ((navigator.language || "ko").toLowerCase().indexOf("ko") === 0 ? "ko" : "en");
  var theme = kept.theme || "system";
  if (theme === "system") theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  root.lang = language;
  root.dataset.theme = theme;
  root.dataset.colours = kept.colours || "korean";
  var manifest = document.querySelector("link[rel=manifest]");
  if (manifest) manifest.href = "/manifest." + language + ".webmanifest";
})();
