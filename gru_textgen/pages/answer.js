// The inspector's page answers: another text, and how the model goes on with it. The
// names of the page's own script are those of `inspect.js`.

const description = JSON.parse($("model").textContent);
const network = readModel(description, $("weights").textContent);
const LONGEST = 2000, GIVEN = 100, PACE = 60; // characters at once, milliseconds
const SAMPLING = { temperature: 0.7, topP: 1, minP: description.minP };
const wait = (milliseconds) => new Promise((go) => setTimeout(go, milliseconds));
const answer = (sentence) => { $("answer").textContent = sentence; };
let asked = 0; // a later question ends an earlier one
const running = (now) => $("halt").setAttribute("aria-disabled", !now);

// Reads the text in the box; null if there is none, or something else was asked.
async function readTyped() {
  const mine = (asked += 1);
  const tracer = new Tracer(network, description, LONGEST);
  const { text, remark } = tracer.vocabulary.read($("typed").value);
  const ids = tracer.vocabulary.encode(text).slice(0, LONGEST);
  if (!ids.length) {
    running(false);
    answer("There is no text: type a line.");
    return null;
  }
  running(true);
  answer("Reading…");
  for (let i = 0; i < ids.length; i++) {
    if (i % GIVEN === 0) await wait(0);
    if (asked !== mine) return null;
    tracer.read(ids[i]);
  }
  answer(remark);
  return tracer;
}

$("read").addEventListener("click", async () => {
  const tracer = await readTyped();
  if (!tracer) return;
  exchange(tracer.finished());
  running(false);
});

$("write-on").addEventListener("click", async () => {
  const tracer = await readTyped();
  if (!tracer) return;
  const mine = asked, random = new PCG64([crypto.getRandomValues(new Uint32Array(1))[0]]);
  const guard = new LoopGuard(description.runs, description.symbols);
  const ends = DocumentEnds.of(tracer.vocabulary, description.resetId);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  exchange(tracer.finished());
  for (let i = 0; i < 300 && !tracer.full; i++) {
    const id = choose(network.logits, random, SAMPLING, guard, ends);
    guard.push(id);
    tracer.read(id);
    if (!still) {
      await wait(PACE);
      if (asked !== mine) return;
      grow(tracer.data.symbols[id]);
    }
  }
  exchange(tracer.finished(), tracer.length - 1);
  running(false);
});

$("halt").addEventListener("click", () => {
  if ($("halt").getAttribute("aria-disabled") === "true") return;
  asked += 1;
  running(false);
  answer("Stopped.");
});

const bytesOf = $("weights").textContent.trim().length;
$("held").textContent =
  `The page holds the model in half precision, ${(bytesOf / 1e6).toFixed(1)} MB.`;
