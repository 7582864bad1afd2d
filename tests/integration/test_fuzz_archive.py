"""Thousands of spoilt model files: each opens, and then writes, or is refused in a
sentence."""

import json
import random
import re
from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies as st

from gru_textgen.errors import InputError
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.model_file.reader import FORMAT_VERSION, read_model, read_stored
from tests.helpers.archives import CONFIG, DATA, WEIGHTS, members, packed

SEEDS = sorted(DATA.glob("*.keras"))
MAX_MEGABYTES = 300
PIECES = [b"\xff" * 8, bytes(8), b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\xff", b"\1"]
PIECES += [b"PK\1\2", b"PK\5\6", b"TREE", b"SNOD", b"HEAP", b"[", b"}", b"1e999"]

EXAMPLES = 400  # 2,500 took six times as long and found no more
many = hypothesis.settings(
    max_examples=EXAMPLES,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    phases=[hypothesis.Phase.generate],  # a failure is small enough to be read
)
values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([0, -1, 1, 2**31, 2**63, 10**400]),
        st.floats(),
        st.text(max_size=5),
        st.sampled_from(["GRU", "Lambda", "Dense", "os", "keras", "tanh", "../x"]),
    ),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["class_name", "config", "x"]), inner),
    max_leaves=4,
)


changes = st.tuples(
    st.sampled_from(["put", "put", "delete", "add", "double"]),
    st.integers(0, 10_000),
    values,
)


def spoilt(data, rng):
    """`data` after up to four edits."""
    data = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        i, j = rng.randrange(len(data)), rng.randrange(len(data))
        length, kind = rng.randint(1, 64), rng.random()
        if kind < 0.3:
            data[i] = rng.randrange(256)
        elif kind < 0.5:
            data[i] ^= 1 << rng.randrange(8)
        elif kind < 0.8:
            piece = rng.choice(PIECES)
            data[i : i + len(piece)] = piece
        elif kind < 0.9:
            data[i : i + length] = data[j : j + length]
        elif kind < 0.95:
            data[i:i] = data[j : j + length]
        elif kind < 0.98:
            del data[i : i + length]
        else:
            del data[max(1, i) :]
    return bytes(data)


def places(value):
    """Every place in a JSON value: its container, and its key there."""
    keys = value if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from places(value[key])


def check(path):
    """The file is refused in a sentence, or writes; whether it writes."""
    try:
        read_stored(path)
    except InputError as error:
        text = str(error)
        assert "\n" not in text and text.endswith(".") and len(text) < 500
        return False
    info, arrays = read_model(path)
    TextGenerator(arrays, info).generate(length=2, seed=0)
    return True


def peak_megabytes():
    status = Path("/proc/self/status")
    if not status.exists():
        pytest.skip("this system does not say how much memory a process took")
    return int(re.search(r"VmHWM:\s*(\d+)", status.read_text())[1]) // 1024


@pytest.fixture(scope="module", autouse=True)
def bounded_memory():
    before = peak_megabytes()
    yield
    assert peak_megabytes() - before < MAX_MEGABYTES


@pytest.mark.slow
def test_spoilt_bytes_of_the_file(tmp_path):
    rng, path = random.Random(0), tmp_path / "m.keras"
    for _ in range(2 * EXAMPLES):
        path.write_bytes(spoilt(rng.choice(SEEDS).read_bytes(), rng))
        check(path)


@pytest.mark.slow
def test_spoilt_bytes_of_a_member_under_a_right_checksum(tmp_path):
    rng, path, writing = random.Random(1), tmp_path / "m.keras", 0
    for _ in range(2 * EXAMPLES):
        contents = members(rng.choice(SEEDS))
        name = rng.choice([WEIGHTS, WEIGHTS, WEIGHTS, CONFIG])
        packed(path, {**contents, name: spoilt(contents[name], rng)})
        writing += check(path)
    # The edits are neither harmless nor all too much.
    assert 0.2 * EXAMPLES < writing < 1.8 * EXAMPLES


@pytest.mark.slow
def test_spoilt_fields_of_the_configuration(tmp_path):
    path, outcomes = tmp_path / "m.keras", []

    @many
    @hypothesis.given(st.sampled_from(SEEDS), st.lists(changes, min_size=1, max_size=3))
    def case(seed, drawn):
        contents = members(seed)
        config = {"all": json.loads(contents[CONFIG])}
        for kind, place, value in drawn:
            found = list(places(config))
            container, key = found[place % len(found)]
            if kind == "put":
                container[key] = value
            elif kind == "delete" and container is not config:
                del container[key]
            elif kind == "add" and isinstance(container[key], dict):
                container[key][str(value)[:9]] = value
            elif isinstance(container[key], list):
                container[key] *= 2
        packed(path, {**contents, CONFIG: json.dumps(config["all"])})
        outcomes.append(check(path))

    case()
    assert len(outcomes) >= EXAMPLES
    assert 0.1 * EXAMPLES < sum(outcomes) < 0.9 * EXAMPLES


def test_there_is_a_file_of_every_format_version():
    for version in range(1, FORMAT_VERSION + 1):
        info, _ = read_model(DATA / f"version-{version}.keras")
        assert info.format_version == version
        assert check(DATA / f"version-{version}.keras")
