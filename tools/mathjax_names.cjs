// Print what MathJax's TeX input knows, as JupyterLab configures it: control sequences (\frac) and environments ({cases}).
const { TeX } = require("mathjax-full/js/input/tex.js");
const { AllPackages } = require("mathjax-full/js/input/tex/AllPackages.js");

const handlers = new TeX({ packages: AllPackages.concat("require") }).parseOptions.handlers;

/** Return the names in all maps of one kind: "macro", "delimiter" or "environment". */
function names(kind) {
  const maps = [...handlers.get(kind)._configuration].map(({ item }) => item.map);
  return maps.flatMap((map) => (map ? [...map.keys()] : []));
}

const delimiters = names("delimiter").filter((name) => name.startsWith("\\"));
const controls = [...names("macro").map((name) => "\\" + name), ...delimiters];
const environments = names("environment").map((name) => `{${name}}`);
console.log([...new Set([...controls, ...environments])].sort().join("\n"));
