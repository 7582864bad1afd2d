// What is learnt, taken away as a file or kept in the browser. The names of the page's own
// script are those of `playground.js`.

// A network that is not the best is told apart by its pass.
const nameIn = ({ update, updates, settings: { passes } }) => ($("which").value === "best"
  ? began.name : `${began.name} pass ${Math.max(1, passOf(update, { updates, passes }))}`);
const fileName = (state) => fileNameOf(nameIn(state)) || NAME;
const took = (sentence) => { $("taken").textContent = sentence; };
let whenKept = []; // what waits for the network to be kept

// The network that is asked for, as `values` with their `loss` on held-out text, if that has
// been measured.
function chosen({ best, values, update }) {
  if ($("which").value === "best") return best;
  const [at, loss] = curve.heldOut.at(-1) ?? [];
  return { values, loss: at === update ? loss : undefined };
}

// What is done with the state of the worker, by what it was asked for.
const TAKEN = {
  async poet(state) {
    const name = nameIn(state), file = `${fileName(state)}.html`, network = chosen(state);
    const verse = await verseOf(data.verse, state.text, state.description.symbols);
    save(poetPage(data.poet, name, state, network, verse), file, "text/html");
    took(`${file} is a page of its own: send it to whom you like.` +
      (verse ? " It writes verse in a form too." : ""));
  },
  download(state) {
    const name = fileName(state);
    save(modelFile(name, state, chosen(state)), `${name}.json`, "application/json");
    took(`gru-textgen import "${name}.json" turns the file into a model.`);
  },
  async keep(state) {
    const { settings: { id, passes }, update, updates } = state;
    const title = {
      id, name: began.name, at: Date.now(), done: passesDone(update, { updates, passes }),
    };
    const shown = {
      title, line: $("line").value, passes: $("passes").value,
      units: $("units").value, start: data.model ? $("start").value : null,
      samples: [...samples], curve: curve.record(),
    };
    try {
      await keep(title, { ...state, shown });
    } catch {
      $("keep").checked = false;
      say("This browser cannot keep so much for this page: download the model instead.");
    }
    await list();
    for (const go of whenKept.splice(0)) go();
  },
};

// Resolves when the network is kept, or cannot be.
function keepNow() {
  keptAt = performance.now();
  if (!$("keep").checked || !about) return Promise.resolve();
  ask("give", "keep");
  return new Promise((go) => whenKept.push(go));
}

const moment = (at) =>
  new Date(at).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });

// Lists what is kept, the latest first, and gives the titles.
async function list() {
  let titles = [];
  try {
    titles = await allKept();
  } catch {
    // Nothing can be kept here.
  }
  titles.sort((a, b) => b.at - a.at);
  $("kept").hidden = !titles.length;
  $("how-many").textContent = titles.length;
  const focused = $("shelf").contains(document.activeElement); // which would be lost
  if (!focused) $("shelf").replaceChildren(...titles.map(row));
  return titles;
}

function row(title) {
  const { id, name, at, done } = title, item = document.createElement("li");
  const button = (text, act) => {
    const made = document.createElement("button");
    Object.assign(made, { type: "button", textContent: text, onclick: act });
    item.append(made);
    return made;
  };
  button(`Open “${name}”, ${done}, ${moment(at)}`, async () => {
    if (await mayLeave()) open(id);
  });
  button("Delete", () => remove(title))
    .setAttribute("aria-label", `Delete “${name}” of ${moment(at)}`);
  return item;
}

async function remove({ id, name, at }) {
  const question = `Delete “${name}” of ${moment(at)} from this browser?`;
  if (!await sure(question, "Delete it")) return;
  if (about && began.settings.id === id) $("keep").checked = false; // or it would come back
  await forget(id);
  $("kept").firstElementChild.focus();
  await list();
  say("Deleted from this browser.");
}

// Opens what is kept: its text and settings now, the rest when the worker has read it.
async function open(id) {
  const found = await kept(id);
  if (!found) return say("It is not kept in this browser any more.");
  const { settings, shown } = found;
  useText(settings.source, found.text);
  $("name").value = shown.title.name;
  $("units").value = shown.units ?? settings.units;
  $("passes").value = shown.passes;
  $("rate").value = Math.log10(settings.rate);
  if (data.model) $("start").value = shown.start ?? "model";
  showSettings();
  $("keep").checked = true;
  learn(found);
}

// Shows again what was shown when it was kept.
function restore({ update, updates, best, shown }) {
  Object.assign(about, { finished: update >= updates, best });
  curve.restore(shown.curve);
  shown.samples.forEach(remember);
  if (curve.counted !== null) showCounted({ loss: curve.counted });
  const { latest: learnt } = curve, [, heldOut] = curve.heldOut.at(-1) ?? [];
  if (learnt !== undefined) $("learnt-loss").textContent = number(learnt, 2);
  if (heldOut !== undefined) $("held-out-loss").textContent = number(heldOut, 2);
  $("facts").textContent = `${passesDone(update)} · ${about.size}`;
  describe();
  if (about.finished) conclude();
  else if (curve.heldOut.length) warn();
  const { name, at } = shown.title;
  const next = about.finished ? `“${goesOn()}” goes on learning`
    : "“Go on” goes on learning";
  say(`“${name}” of ${moment(at)} is restored: its text, settings, curve and network. ${next}.`);
}

for (const id of ["poet", "download"]) {
  $(id).addEventListener("click", () => enabled(id) && ask("give", id));
}

// The name is that of the network that is here, unless another text stands in the box.
$("name").addEventListener("input", () => {
  named = true;
  if (began && inTheBox() === began.text) began.name = nameAsked();
});
$("name").addEventListener("change", keepNow);
$("name").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault(); // which would begin again
  keepNow();
});
$("keep").addEventListener("change", () => {
  if ($("keep").checked) return keepNow();
  say("It is no longer kept. What is kept already stays until you delete it.");
});
