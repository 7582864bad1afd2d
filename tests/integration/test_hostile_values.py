"""Every option of every command with values that it cannot take, made from what the
commands say of themselves: a status of 0 or 2, a sentence, and nothing left lying."""

import os

import click
import pytest
from click.testing import CliRunner

from gru_textgen.cli import main
from gru_textgen.cli.options import OutputFile
from tests.helpers.commands import call, commands

pytestmark = [
    pytest.mark.filterwarnings("ignore:In the prompt"),  # of a model of three letters
    pytest.mark.filterwarnings("ignore:The (page|picture) shows"),
]
LEFT_OUT = None  # the option stands last, without a value
VALUES = [
    *(LEFT_OUT, "", " ", "0", "-1", "2.5", "1e999", "nan", "inf", "-inf"),
    *("9" * 20, "9" * 5000, "x" * 5000, "nothing known", "ä\udce9", "a\nb", "--seed"),
    *("folder", "missing/file.txt", "binary", "empty.txt", "link", "loop", "/dev/null"),
]
MEGABYTES = 500  # of memory that a call may take


def parameters():
    for name, command in commands():
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                yield name, parameter


def arguments(command):
    return [p.name for p in command.params if isinstance(p, click.Argument)]


def cases():
    for name, option in parameters():
        yield pytest.param(name, option, id=f"{name}{option.opts[0]}")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with every kind of file, in which the commands run."""
    folder = tmp_path / "place"
    folder.mkdir()
    (folder / "folder").mkdir()
    (folder / "binary").write_bytes(bytes(range(256)) * 9)
    (folder / "empty.txt").write_text("")
    (folder / "link").symlink_to("folder")
    (folder / "loop").symlink_to("loop")
    monkeypatch.chdir(folder)
    return folder


def content(folder):
    return {
        path: path.read_bytes() if path.is_file() else path.lstat().st_mode
        for path in folder.rglob("*")
    }


def words(name, option, value, tmp_path):
    """The shortest call of a command, with that option. No training can begin: there
    is no text to learn from."""
    given = {"files": "empty.txt"} if name == "train" else {}
    if name == "generate" and option.name != "length":
        given["length"] = "40"
    if option.opts[0] in ("--model", "--weights"):
        given["model"] = None  # which is given once
    own = call(name, tmp_path, **given, **{option.name: None})
    if option.is_flag:
        return [own[0], option.opts[0], *own[1:]]
    if value is LEFT_OUT:
        return [word for word in own if word != "--"] + [option.opts[0]]
    return [own[0], f"{option.opts[0]}={value}", *own[1:]]


def peak():
    """The most memory that the process has had, megabytes."""
    resource = pytest.importorskip("resource")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name, option", list(cases()))
def test_no_value_of_an_option_is_a_traceback(name, option, place, tmp_path):
    writes = isinstance(option.type, OutputFile) or option.name == "output"
    for value in VALUES[:1] if option.is_flag else VALUES:
        tried = words(name, option, value, tmp_path)
        before, memory = content(place), peak()
        result = CliRunner().invoke(main, tried)
        shown = f"{tried!r:.300}: {result.output[-300:]}"
        assert isinstance(result.exception, (SystemExit, type(None))), shown
        assert result.exit_code in (0, 2), shown
        if result.exit_code == 2:
            assert result.stderr.startswith("gru-textgen: "), shown
            assert result.stderr.count("\n") == 1, shown
        if result.exit_code == 2 or not writes:
            assert content(place) == before, shown
        assert peak() - memory < MEGABYTES, shown


def test_the_table_has_every_option_of_the_help():
    names = {(name, option.opts[0]) for name, option in parameters()}
    for name, command in commands():
        context = click.Context(command)
        helped = {o for p in command.get_params(context) for o in p.opts if "--" in o}
        assert helped - {"--help"} <= {o for n, o in names if n == name}


@pytest.mark.skipif(os.name == "nt", reason="this system has no such files")
@pytest.mark.parametrize("name", [name for name, of in commands() if arguments(of)])
@pytest.mark.parametrize(
    "value", ["", "folder", "binary", "loop", "x" * 300, "missing"]
)
def test_no_file_that_is_given_is_a_traceback(name, value, place, tmp_path):
    tried = call(name, tmp_path, **{arguments(main.commands[name])[0]: value})
    before = content(place)
    result = CliRunner().invoke(main, tried)
    assert isinstance(result.exception, (SystemExit, type(None))), result.output
    if result.exit_code:
        assert result.exit_code == 2 and result.stderr.startswith("gru-textgen: ")
    assert content(place) == before
