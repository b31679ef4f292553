// What a reader turns: each shows what its trait says before every drawing, and sets it when it is used.

import { choices, make, mark, slide, slider } from "./elements.js";

/** A row of names, one of them chosen; hidden while there is only one. */
export function tabs(stage, parent, trait, label, names) {
  const group = choices(parent, label, names, n => stage.set({ [trait]: names[n] }));
  group.hidden = names.length < 2;
  stage.parts.push({ sync: () => mark(group, Math.max(0, names.indexOf(stage.get(trait)))) });
  return group;
}

/** A check box. */
export function toggle(stage, parent, trait, words) {
  const box = make("label", "lk-switch", {}, parent), input = make("input", "", { type: "checkbox" }, box);
  box.append(words);
  input.addEventListener("change", () => stage.set({ [trait]: input.checked }));
  stage.parts.push({ sync: () => { input.checked = stage.get(trait); } });
  return box;
}

/** A slider; `write(value)` gives the words beside it. */
export function dial(stage, parent, trait, label, range, write) {
  const input = slider(parent, label, { ...range, value: stage.get(trait) }, write);
  input.addEventListener("input", () => stage.set({ [trait]: Number(input.value) }));
  stage.parts.push({ sync: () => slide(input, stage.get(trait)) });
  return input;
}

/** A table of numbers: `show(heads, rows)` with rows of [name, strong, ...words]; it is built again only for other names. */
export class Table {
  constructor(parent) { this.table = make("table", "", {}, parent); }

  show(heads, rows) {
    const names = [...heads, ...rows.map(([name]) => name)].join();
    if (names !== this.names) this.build(heads, rows);
    this.names = names;
    rows.forEach(([, strong, ...words], n) => {
      this.rows[n].classList.toggle("lk-best", strong);
      words.forEach((text, k) => { this.rows[n].children[k + 1].textContent = text; });
    });
  }

  build(heads, rows) {
    this.table.replaceChildren();
    const head = make("tr", "", {}, make("thead", "", {}, this.table)), body = make("tbody", "", {}, this.table);
    for (const name of heads) make("th", "", { scope: "col" }, head, name);
    this.rows = rows.map(([name, , ...words]) => {
      const row = make("tr", "", {}, body);
      make("th", "", { scope: "row" }, row, name);
      for (const _ of words) make("td", "", {}, row);
      return row;
    });
  }
}
