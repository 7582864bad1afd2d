"""The reference of the command line, generated from the program:
`python -m gru_textgen.cli.reference > docs/command-line.md`."""

import inspect

import click

from gru_textgen.cli.program import main

_COMPLETION = """\
The Tab key completes commands, options, files, and the names of models, texts, forms
and presets after this line in `~/.bashrc`, with `zsh_source` in `~/.zshrc` for zsh:

```sh
eval "$(_GRU_TEXTGEN_COMPLETE=bash_source gru-textgen)"
```

and for fish after this one in `~/.config/fish/completions/gru-textgen.fish`:

```sh
_GRU_TEXTGEN_COMPLETE=fish_source gru-textgen | source
```"""


def reference() -> str:
    """The page, in Markdown: each command, its arguments and its options."""
    parts = [
        "# The command line",
        "This page is generated from the program by "
        "`python -m gru_textgen.cli.reference > docs/command-line.md`.",
        _COMPLETION,
        "These options stand before the command, as in `gru-textgen --offline train`:",
        _table(click.Context(main)),
    ]
    for name in sorted(main.commands):
        parts += _command(name, main.commands[name])
    return "\n\n".join(parts) + "\n"


def _command(name: str, command: click.Command) -> list[str]:
    context = click.Context(command, info_name=f"gru-textgen {name}")
    usage = " ".join(command.collect_usage_pieces(context))
    parts = [
        f"## {name}",
        f"```text\n{context.command_path} {usage}\n```",
        inspect.cleandoc(command.help or "").replace("\b\n", ""),
    ]
    if table := _table(context):
        parts.append(table)
    return parts


def _table(context: click.Context) -> str:
    """The options of a command, or nothing."""
    rows = ["| option | meaning |", "|---|---|"]
    for parameter in context.command.params:
        record = isinstance(parameter, click.Option) and parameter.get_help_record(
            context
        )
        if record:
            option, help = record
            plain = _cell(help).replace("[", r"\[")  # is no link
            rows.append(f"| `{_cell(option)}` | {plain} |")
    return "\n".join(rows) if rows[2:] else ""


def _cell(text: str) -> str:
    """A text as it may stand in a table."""
    return text.replace("|", r"\|").replace("\n", " ")


if __name__ == "__main__":
    click.echo(reference(), nl=False)
