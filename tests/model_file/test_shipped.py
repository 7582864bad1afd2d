"""The models of the project are found, or fetched from a server on this machine, and
write."""

import hashlib
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from gru_textgen.cli import main
from gru_textgen.errors import InputError
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.model_file import shipped
from gru_textgen.model_file.shipped import SHIPPED, Shipped, find_weights
from gru_textgen.text import corpus, download
from tests.helpers.servers import serving

MODEL = Path(__file__).parent.parent / "data" / "version-5.keras"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A folder of downloads of the test's own; nothing is fetched from elsewhere."""
    monkeypatch.setattr(corpus, "cache_dir", lambda: tmp_path / "cache")
    monkeypatch.setattr(shipped, "ADDRESS", None)
    monkeypatch.delenv(shipped.ADDRESS_VARIABLE, raising=False)
    monkeypatch.delenv(download.OFFLINE_VARIABLE, raising=False)
    return tmp_path / "cache" / "weights"


@pytest.fixture
def elsewhere(monkeypatch):
    """The name of a model that is in the table, and not on this machine."""
    data = MODEL.read_bytes()
    row = Shipped(hashlib.sha256(data).hexdigest(), len(data), "Spanish")
    monkeypatch.setitem(SHIPPED, "verse-xx", row)
    return "verse-xx"


@pytest.fixture
def site(tmp_path, monkeypatch, elsewhere):
    """A server that has the model's file."""
    folder = tmp_path / "site"
    folder.mkdir()
    shutil.copy(MODEL, folder / f"{elsewhere}.keras")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(download, "sleep", lambda seconds: None)
    with serving(folder) as site:
        monkeypatch.setattr(shipped, "ADDRESS", site.url)
        site.folder = folder
        yield site


def refused(name):
    """The one line that says why, and the way out."""
    with pytest.raises(InputError) as error:
        find_weights(name)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_folder_of_that_name_does_not_hide_shipped_weights(tmp_path, monkeypatch):
    (tmp_path / "anthology").mkdir()
    monkeypatch.chdir(tmp_path)
    assert find_weights("anthology").is_file()


def test_unknown_weights_name_the_known_ones(elsewhere):
    assert "Did you mean 'anthology'" in refused("antology")
    assert "Did you mean 'verse-xx'" in refused("verse-x")
    assert "Known: anthology, shakespeare, verse, " in refused("nothing")


def test_the_table_is_that_of_the_files():
    """A model that was trained again has another row; this prints it."""
    for file in shipped.shipped_weights():
        data, row = file.read_bytes(), SHIPPED.get(file.stem)
        found = hashlib.sha256(data).hexdigest(), len(data)
        assert row and (row.sha256, row.size) == found, f"{file.stem}: {found}"


def test_without_an_address_a_clone_has_the_file(elsewhere, cache):
    message = refused(elsewhere)
    assert "no address" in message and "verse-xx.keras in the folder weights" in message
    assert not shipped.can_be_fetched(elsewhere) and not cache.exists()


def test_a_model_is_fetched_once(site, cache, elsewhere, monkeypatch):
    assert shipped.can_be_fetched(elsewhere) and shipped.at_hand(elsewhere) is None
    path = find_weights(elsewhere)
    assert path == cache / "verse-xx.keras" == shipped.at_hand(elsewhere)
    assert path.read_bytes() == MODEL.read_bytes()
    assert list(cache.iterdir()) == [path] and site.seen == ["/verse-xx.keras"]
    assert find_weights(elsewhere) == path and len(site.seen) == 1
    assert TextGenerator.load(elsewhere).generate(length=5, seed=1)
    assert "verse-xx" in shipped.model_names()
    site.stop()
    assert find_weights(elsewhere) == path


def test_a_mirror_may_be_named(site, elsewhere, monkeypatch):
    monkeypatch.setattr(shipped, "ADDRESS", "http://weights.invalid")
    monkeypatch.setenv(shipped.ADDRESS_VARIABLE, f"{site.url}/")
    assert find_weights(elsewhere).is_file() and site.seen == ["/verse-xx.keras"]


def test_the_model_of_another_version_is_replaced(site, cache, elsewhere):
    cache.mkdir(parents=True)
    (cache / "verse-xx.keras").write_bytes(b"of last year")
    assert shipped.at_hand(elsewhere) is None
    assert find_weights(elsewhere).read_bytes() == MODEL.read_bytes()


@pytest.mark.parametrize("data", [b"another model", None], ids=["wrong", "missing"])
def test_a_file_that_is_not_the_model_is_refused(site, cache, elsewhere, data):
    there = site.folder / "verse-xx.keras"
    there.unlink() if data is None else there.write_bytes(data)
    message = refused(elsewhere)
    assert ("status 404" if data is None else "sha256") in message
    assert f"save it as {cache / 'verse-xx.keras'}, or give the path" in message
    assert list(cache.iterdir()) == []


def test_a_server_that_is_away_leaves_a_way_out(site, cache, elsewhere, monkeypatch):
    monkeypatch.setattr(shipped, "ADDRESS", "http://127.0.0.1:1")
    message = refused(elsewhere)
    assert message.startswith("http://127.0.0.1:1/verse-xx.keras could not be")
    assert f"save it as {cache / 'verse-xx.keras'}" in message
    assert "corpus" not in message and list(cache.iterdir()) == []


def test_offline_a_model_is_not_fetched(site, cache, elsewhere):
    words = ["--offline", "generate", elsewhere, "--length", "5"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2 and "--offline" in result.stderr
    assert f"save it as {cache / 'verse-xx.keras'}" in result.stderr
    assert site.seen == [] and download.OFFLINE_VARIABLE not in os.environ
    assert CliRunner().invoke(main, words[1:]).exit_code == 0 and len(site.seen) == 1
    assert CliRunner().invoke(main, words).exit_code == 0 and len(site.seen) == 1


def test_the_anthology_writes_poems_of_its_form():
    poems = TextGenerator.load("anthology").generate_batch([""] * 24, seed=1)
    whole = 0
    for poem in poems:
        title, *rest = poem.split("\n")
        assert title and "***" not in poem
        whole += len(rest) > 1 and not rest[0] and bool(rest[1])
    assert whole >= 23, whole  # a title, a blank line, verse
    assert sorted(poem.count("\n") for poem in poems)[12] >= 4


def test_the_default_writes_poems():
    poems = TextGenerator.load().generate_batch([""] * 12, seed=1)
    titled = 0
    for poem in poems:
        title, *rest = poem.split("\n")
        titled += len(rest) > 1 and bool(title and not rest[0] and rest[1])
        assert poem.rstrip("\"')")[-1] in ".!?"
        assert len(poem) <= 2500  # about twice the median length, to a stanza's end
    assert titled >= 10, titled
    lines = [line for poem in poems for line in poem.splitlines() if line]
    capitals = sum(line.lstrip("\"'(-")[:1].isupper() for line in lines)
    assert capitals > 0.95 * len(lines)
    assert all(len(line) <= 90 for line in lines)
    assert 25 < np.median([len(line) for line in lines]) < 55
