// Which text is learnt, and what the buttons and fields do. The names of the page's own
// script are those of `playground.js`.

// ---- Which text

function useText(name, read) {
  const long = read.length > LONG;
  text = { name, text: read };
  if (about) named = false;
  $("text").value = long ? read.slice(0, 2000) : read;
  say(`${name}: ${number(read.length)} characters` +
    `${long ? ", the first of which are shown" : ""}. Press ${$("learn").textContent}.`);
}

async function useFile(file) {
  if (!file) return;
  if (file.size > LARGEST) {
    return say(`${file.name} is larger than ${number(LARGEST / 1e6)} MB: use gru-textgen train for it.`);
  }
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const wide = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8";
    const read = new TextDecoder(wide, { fatal: true }).decode(bytes);
    if (read.includes("\0")) throw new TypeError("binary");
    useText(file.name, read);
  } catch {
    say(`${file.name} is not a text in UTF-8: save it as plain text, and choose that.`);
  }
}

$("file").addEventListener("change", () => {
  useFile($("file").files[0]);
  $("file").value = "";
});
$("example").addEventListener("click", () => useText("anthology.txt", data.example));
for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    document.body.classList.toggle("dropping", name === "dragover");
    if (name === "drop") useFile(event.dataTransfer.files[0]);
  });
}

// ---- The controls

const passesAsked = () => Math.max(1, Math.round($("passes").value) || 1);
const rate = () => Number((10 ** Number($("rate").value)).toPrecision(2));

// What follows from the settings, beside them.
function showSettings() {
  $("rate-value").textContent = rate();
  const own = Boolean($("start").value); // the units are those of the page's model
  $("units").disabled = own;
  $("units-label").hidden = own;
  $("own-units").hidden = !own;
  $("next").textContent = about && differ(began.settings)
    ? "The network that is here stays as it is: this holds for the next one." : "";
}

// Whether another kind of network is asked for than the one that is here.
function differ({ units, begins }) {
  const asked = $("start").value;
  if (data.model && asked !== begins) return true;
  return !asked && Number($("units").value) !== units;
}

$("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (await mayLeave()) learn();
});
$("text").addEventListener("input", () => {
  text = null;
  if (about) named = false;
  if (about) say("“Begin again” learns what is in the box; the network here has learnt the text before.");
  else say($("text").value.trim() ? "There is a text: press Learn." : NO_TEXT);
});
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.ctrlKey) $("form").requestSubmit();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && learning && !$("sure").open) ask("pause");
});
$("pause").addEventListener("click", () => {
  if (!enabled("pause")) return;
  if (learning) return ask("pause");
  setLearning(true);
  heardAt = performance.now();
  say("Learning…");
  ask("goOn", passesAsked());
});
$("rate").addEventListener("input", () => {
  showSettings();
  ask("rate", rate());
});
$("passes").addEventListener("input", () => setLearning(learning));
$("line").addEventListener("input", () => ask("watch", $("line").value));
$("kind").addEventListener("change", paint);
for (const id of ["start", "units"]) {
  $(id).addEventListener("change", () => {
    showSettings();
    keepNow();
  });
}
document.addEventListener("visibilitychange", () => {
  if (!learning) return;
  heardAt = performance.now(); // a browser may have put the worker to sleep
  if (!document.hidden) say("Learning went on while the page was hidden.");
});

if (data.model) {
  $("start-label").hidden = false;
  $("start").add(new Option(data.name, "model", true, true));
  const layers = data.model.layers.map(({ units }) => units);
  $("units-of").textContent = layers.length > 1
    ? `${layers.join(" + ")}, in ${layers.length} layers` : layers[0];
}
showSettings();
$("settings").open = matchMedia("(min-width: 52rem)").matches;
themeButton($("theme"), paint);
const [last] = await list();
if (last && !worker) open(last.id);
