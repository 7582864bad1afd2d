// A model as a file: for `gru-textgen import`, or as a poet's page of its own.

function base64(array) {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  let text = "";
  for (let i = 0; i < bytes.length; i += 32768) {
    text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  }
  return btoa(text);
}

// state: of the worker. network: its `values`, and their `loss` on held-out text, which may be
// unknown.
function modelFile(name, { description, settings, loops, seconds }, { values, loss }) {
  const { symbols, separator, normalisation, layers } = description;
  const figures = { seconds };
  if (Number.isFinite(loss)) figures.val_loss = loss;
  return JSON.stringify({
    gru_textgen: "playground", version: 1, name, symbols, separator, normalisation, layers,
    loops, source: settings.source,
    settings: { epochs: settings.passes, learning_rate: settings.rate }, figures,
    weights: base64(values),
  });
}

// page: that of a poet, with names where its own things go. network: as for `modelFile`.
// verse: what it needs to write in forms, or null.
function poetPage(page, name, { description, settings }, { values: weights }, verse) {
  const units = description.layers.map((layer) => layer.units).join(" + ");
  const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll('"', "&quot;");
  const about = `A recurrent network of ${units} units that writes one character after ` +
    `the other, learnt in a browser from ${settings.source}.`;
  const values = {
    NAME: escaped(name), ABOUT: escaped(about), WEIGHTS: base64(weights),
    MODEL: JSON.stringify({ ...description, about, verse }).replaceAll("<", "\\u003c"),
  };
  return page.replace(/__(NAME|ABOUT|WEIGHTS|MODEL)__/g, (_, part) => values[part]);
}
