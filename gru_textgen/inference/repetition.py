"""What it costs a line to say again what the poem has said."""

from collections.abc import Iterable, Sequence

import numpy as np

from gru_textgen.inference.lexicon import Lexicon

_WORD = 1.2  # nats for a word of meaning, each time that it has stood before
_LINE = 2.0  # more, if that was in the same line
_PAIR = 1.0  # for two words together


class Repetition:
    """The words of a poem so far.

    Args:
        lexicon: whose numbers the words are.
        lines: the numbers of each line's words; -1 for a word that it lacks.
        avoided: phrases, each as words, that must not be written.
    """

    def __init__(
        self,
        lexicon: Lexicon,
        lines: Iterable[Sequence[int]],
        avoided: Iterable[Sequence[str]],
    ):
        self._common = lexicon.grammar
        self._counts: dict[int, int] = {}
        self._pairs: set[tuple[int, int]] = set()
        for line in lines:
            self._pairs.update(zip(line, line[1:]))
            for word in line:
                self._counts[word] = self._counts.get(word, 0) + 1
        self._avoided: dict[int, list[list[int]]] = {}
        for phrase in avoided:
            numbers = [lexicon.index.get(word, -1) for word in phrase]
            if len(numbers) > 1 and -1 not in numbers:
                self._avoided.setdefault(numbers[-1], []).append(numbers[:-1])

    def price(self, before: Sequence[int], word: int) -> float:
        """Nats for a word.

        Args:
            before: the numbers of the line's words before it.
            word: its number.

        Returns:
            0 for a new word, infinity for the end of an avoided phrase.
        """
        for phrase in self._avoided.get(word, ()):
            if list(before[-len(phrase) :]) == phrase:
                return np.inf
        cost = 0.0
        if word not in self._common:
            cost += _WORD * self._counts.get(word, 0)
            cost += _LINE if word in before else 0.0
        if before and (before[-1], word) in self._pairs:
            if word not in self._common or before[-1] not in self._common:
                cost += _PAIR
        return cost
