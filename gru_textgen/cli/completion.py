"""What a shell completes: names of shipped models, corpora and forms, and files."""

from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def completer(names: Callable[[], Iterable[str]], files: bool = False) -> Completer:
    """A completer of names, for click's `shell_complete`.

    Args:
        names: all of them, asked for when a shell completes.
        files: whether a file may stand in a name's place.
    """

    def complete(
        context: click.Context, parameter: click.Parameter, begun: str
    ) -> list[CompletionItem]:
        found = [CompletionItem(name) for name in names() if name.startswith(begun)]
        return [*found, CompletionItem(begun, type="file")] if files else found

    return complete


def _models() -> Iterable[str]:
    from gru_textgen.model_file.shipped import model_names

    return model_names()


def _corpora() -> Iterable[str]:
    from gru_textgen.text.corpus import CORPUS_NAMES

    return CORPUS_NAMES


def _forms() -> Iterable[str]:
    from gru_textgen.verse.forms import FORMS

    return FORMS


a_model = completer(_models, files=True)
a_corpus = completer(_corpora)
a_form = completer(_forms)
