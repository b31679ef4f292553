// An explorer's module as the page gets it: stage.js in front of its own file.
import { readFileSync } from "node:fs";

const read = name => readFileSync(new URL(`../../labkit/show/${name}.js`, import.meta.url), "utf8");

export const load = name => {
  const text = name === "stage" ? read("kit/life") + read("stage") : read("kit/life") + read("stage") + read(name);
  return import(`data:text/javascript;base64,${Buffer.from(text).toString("base64")}`);
};
