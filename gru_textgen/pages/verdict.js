// What a run came to, in plain words.

const BY_HEART = 1; // nats by which the text that is not learnt surprises more
const [MUCH, A_LITTLE] = [0.5, 0.1]; // nats by which it has become worse
const PLENTY = 100_000; // characters, from which on a text is not called short

// learnt, heldOut: the last losses. best: the least on held-out text. counted: the loss of
// counting, or null. uniform: that of guessing. bestPass: the pass of `best`, of `passes`;
// 0 before the first is done. characters: of the text.
function verdict({
  learnt, heldOut, best, counted, uniform, bestPass, passes, characters,
}) {
  const sentences = [], byHeart = heldOut - learnt > BY_HEART;
  if (learnt > uniform) {
    return "It has learnt nothing: guessing would do better. The learning rate was too " +
      "high: choose a lower one and begin again.";
  }
  const worse = heldOut > uniform ? "than guessing among all characters would be"
    : counted !== null && heldOut > counted ? "than counting alone is" : "";
  if (byHeart) {
    sentences.push("The network has learnt your text by heart: it repeats your text.");
    if (worse) {
      sentences.push("On the last tenth, which it was never shown, its predictions are " +
        `worse ${worse}.`);
    }
    const fewer = bestPass < passes ? `fewer passes, such as ${Math.max(1, bestPass)}` : "";
    const more = characters < PLENTY ? `more text, ${PLENTY.toLocaleString("en")} characters or more` : "";
    const ways = [more, fewer].filter(Boolean).join(", or ");
    if (ways) sentences.push(`For a better one, give it ${ways}.`);
  } else if (worse && best === heldOut) {
    sentences.push(`So far its predictions are worse ${worse}: more passes may help, or ` +
      "more text.");
  }
  if (best < heldOut && bestPass >= passes) {
    sentences.push("Its best on the last tenth was in the last pass, before its end: that " +
      "network is the one that writes below, and the one that you download unless you " +
      "choose otherwise.");
  } else if (best < heldOut) {
    sentences.push(`Its best on the last tenth was in pass ${Math.max(1, bestPass)} of ` +
      `${passes}, and it has become worse since: the network of that pass is the one that ` +
      "writes below, and the one that you download unless you choose otherwise.");
  }
  return sentences.join(" ");
}

// What is said at once while it learns, or "" if all goes well.
function warning({ learnt, heldOut, best, bestPass, uniform }) {
  const guessing = heldOut > uniform;
  if (heldOut - best < (guessing ? A_LITTLE : MUCH)) return "";
  const why = learnt < heldOut - MUCH ? "it now repeats the text" :
    "the learning rate may be too high";
  return `On the held-out text it is worse than ${guessing ? "guessing" : "it was"}: ${why}. ` +
    `The network ${bestPass ? `of pass ${bestPass}` : "as it began"}, the best, is kept.`;
}
