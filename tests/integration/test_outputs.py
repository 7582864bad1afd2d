"""Where output goes: every command that writes, with every kind of place."""

import os
import stat
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from gru_textgen.cli import main
from tests.helpers.commands import call, ending, outputs

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="this system has no such files"),
    pytest.mark.filterwarnings("ignore:In the prompt"),  # of a model of three letters
]
OLD = "old"


@dataclass
class Place:
    """Where an output is to go.

    Attributes:
        path: That the command is given.
        file: That is to have the content, if any is to.
        left: Names in the folder afterwards.
    """

    path: Path
    file: Path | None
    left: set[str]


def new(folder, end):
    return Place(folder / f"a{end}", folder / f"a{end}", {f"a{end}"})


def existing(folder, end):
    (folder / f"a{end}").write_text(OLD)
    return new(folder, end)


def private(folder, end):
    place = existing(folder, end)
    place.path.chmod(0o600)
    return place


def link(folder, end):
    (folder / "target").write_text(OLD)
    return dangling(folder, end)


def dangling(folder, end):
    (folder / f"link{end}").symlink_to("target")
    return Place(folder / f"link{end}", folder / "target", {f"link{end}", "target"})


def longest_name(folder, end):
    name = "x" * (255 - len(end)) + end
    return Place(folder / name, folder / name, {name})


def two_lines(folder, end):
    name = f"two\nlines{end}"
    return Place(folder / name, folder / name, {name})


def not_utf_8(folder, end):
    name = f"po\udce9sie{end}"
    return Place(folder / name, folder / name, {name})


def is_folder(folder, end):
    (folder / f"a{end}").mkdir()
    return Place(folder / f"a{end}", None, {f"a{end}"})


def link_to_folder(folder, end):
    (folder / "inner").mkdir()
    (folder / f"link{end}").symlink_to("inner")
    return Place(folder / f"link{end}", None, {"inner", f"link{end}"})


def loop(folder, end):
    (folder / f"loop{end}").symlink_to(f"loop{end}")
    return Place(folder / f"loop{end}", None, {f"loop{end}"})


def no_folder(folder, end):
    return Place(folder / "missing" / f"a{end}", None, set())


def too_long_a_name(folder, end):
    return Place(folder / ("x" * 255 + end), None, set())


def read_only(folder, end):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    place = existing(folder, end)
    place.path.chmod(0o444)
    return Place(place.path, None, place.left)


def folder_read_only(folder, end):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    folder.chmod(0o555)
    return Place(folder / f"a{end}", None, set())


def full(folder, end):
    """A device that has no room, behind a link that has the ending."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    (folder / f"full{end}").symlink_to("/dev/full")
    return Place(folder / f"full{end}", None, {f"full{end}"})


KINDS = [
    *(new, existing, private, link, dangling, longest_name, two_lines, not_utf_8),
    *(is_folder, link_to_folder, loop, no_folder, too_long_a_name),
    *(read_only, folder_read_only, full),
]


def ran(name, option, path, tmp_path):
    parameter = option.removeprefix("--").replace("-", "_")
    words = call(name, tmp_path, **{parameter: str(path)})
    return CliRunner().invoke(main, words)


every_output = pytest.mark.parametrize(
    "name, option", list(outputs()), ids=lambda value: value.removeprefix("--")
)


@every_output
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_is_written_is_whole_or_refused(name, option, kind, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    place = kind(folder, ending(name, option))
    before = {path: path.lstat().st_mode for path in folder.iterdir()}
    result = ran(name, option, place.path, tmp_path)
    assert set(os.listdir(folder)) == place.left
    assert all(path.lstat().st_mode == mode for path, mode in before.items())
    if place.file is not None:
        assert result.exit_code == 0, result.output
        assert place.file.read_bytes() not in (b"", OLD.encode())
    else:
        assert isinstance(result.exception, SystemExit) and result.exit_code == 2
        assert result.stderr.startswith("gru-textgen: ")
        assert result.stderr.count("\n") == 1 and "link" not in result.stderr[:12]


@every_output
def test_a_pipe_and_a_device_are_written_into(name, option, tmp_path):
    end = ending(name, option)
    (tmp_path / f"null{end}").symlink_to("/dev/null")
    assert ran(name, option, tmp_path / f"null{end}", tmp_path).exit_code == 0
    assert stat.S_ISCHR((tmp_path / f"null{end}").stat().st_mode)
    pipe, got = tmp_path / f"pipe{end}", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    result = ran(name, option, pipe, tmp_path)
    reader.join(timeout=60)
    assert result.exit_code == 0, result.output
    assert stat.S_ISFIFO(pipe.stat().st_mode) and got[0]


@pytest.mark.parametrize("name", ["generate", "clean", "inspect", "export", "pack"])
def test_a_hyphen_is_standard_output_and_nothing_else_goes_there(name, tmp_path):
    end = ending(name, "--output")
    assert ran(name, "--output", tmp_path / f"a{end}", tmp_path).exit_code == 0
    result = ran(name, "--output", "-", tmp_path)
    assert result.exit_code == 0, result.output
    assert not Path("-").exists()
    if name != "generate":  # which takes another seed
        assert result.stdout_bytes == (tmp_path / f"a{end}").read_bytes()
