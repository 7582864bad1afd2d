"""Words as a trie whose nodes are numbers."""

import numpy as np


class Trie:
    """The distinct beginnings of sorted words.

    Args:
        words: sorted, distinct, text.

    Attributes:
        characters: the distinct ones, as code points, in order.
        columns: the place of each among them.
        word: the word that ends at each node, or -1, `(nodes + 1,)`.
        end: the node at which each word ends, `(words,)`.
    """

    def __init__(self, words: np.ndarray):
        width = words.dtype.itemsize // 4
        letters = words.view(np.uint32).reshape(len(words), width)
        lengths = np.char.str_len(words)
        present = np.bincount(letters.ravel()) > 0
        present[0] = False
        self.characters = np.flatnonzero(present)
        columns = (np.cumsum(present) - 1)[letters]
        differs = np.ones(letters.shape, bool)
        differs[1:] = np.logical_or.accumulate(letters[1:] != letters[:-1], axis=1)
        parents = np.zeros(len(words), np.int64)
        edges, self._levels, nodes = [], [], 1
        for depth in range(width):
            here = depth < lengths
            new = differs[:, depth] & here
            if not new.any():
                break
            at = nodes - 1 + np.cumsum(new)
            edges.append((parents[new], columns[new, depth], at[new]))
            self._levels.append((nodes, nodes + len(at[new]), parents[new]))
            nodes += len(at[new])
            parents = np.where(here, at, parents)
        self.end = parents
        self.columns = {chr(c): i for i, c in enumerate(self.characters)}
        # Nodes that lead nowhere, nearly all of a Chinese trie, share the last row.
        inner = np.unique(np.concatenate([parents for parents, *_ in edges]))
        self._row = np.full(nodes + 1, len(inner))
        self._row[inner] = np.arange(len(inner))
        shape = (len(inner) + 1, len(self.characters) + 1)
        self._child = np.full(shape, nodes, np.int32)
        for parent, column, node in edges:
            self._child[self._row[parent], column] = node
        self.word = np.full(nodes + 1, -1, np.int32)
        self.word[self.end] = np.arange(len(words))

    def children(self, nodes: np.ndarray) -> np.ndarray:
        """Where each character leads from some nodes.

        Returns:
            Shape `(nodes, characters + 1)`; the last node of all is none, and leads
            nowhere. Node 0 is the root.
        """
        found: np.ndarray = self._child[self._row[nodes]]
        return found

    def beneath(self, bits: np.ndarray) -> np.ndarray:
        """The bits of all words at or under each node, put together by "or".

        Args:
            bits: of each word, uint64, `(words,)`.

        Returns:
            Shape `(nodes + 1,)`; 0 for the last, which is none.
        """
        found = np.zeros(len(self.word), np.uint64)
        found[self.end] = bits
        for first, last, parents in reversed(self._levels):
            starts = np.flatnonzero(np.diff(parents, prepend=-1))
            found[parents[starts]] |= np.bitwise_or.reduceat(found[first:last], starts)
        return found
