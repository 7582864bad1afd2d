"""Files from a stranger: each attack is refused in one sentence, and nothing runs."""

import io
import json
import os
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from gru_textgen.cli import main
from gru_textgen.errors import InputError
from gru_textgen.model_file.reader import ModelInfo, read_info, read_model, read_stored
from gru_textgen.nn.gru import GRU
from gru_textgen.nn.loading import load_model
from gru_textgen.nn.model import TextModel
from gru_textgen.text.vocabulary import Vocabulary
from tests.helpers.archives import (
    CONFIG,
    DATA,
    METADATA,
    SEED,
    WEIGHTS,
    members,
    packed,
)

ARRAY = "layers/dense/vars/1"  # of shape (5,)
OPTIMIZER = "optimizer/vars/1"
MAX_MEGABYTES = 300


def with_config(path, change):
    """Write the seed with its `config.json` as `change` leaves or gives it."""
    config = json.loads(members()[CONFIG])
    changed = change(config)
    config = config if changed is None else changed
    data = config if isinstance(config, bytes) else json.dumps(config).encode()
    packed(path, {**members(), CONFIG: data})


def with_weights(path, change):
    """Write the seed with its HDF5 file as `change` leaves it."""
    data = io.BytesIO(members()[WEIGHTS])
    with h5py.File(data, "r+") as file:
        change(file)
    packed(path, {**members(), WEIGHTS: data.getvalue()})


def layer(config, i):
    return config["config"]["layers"][i]


def gru(config):
    return layer(config, 1)["config"]


def record(config):
    return config["config"]["gru_textgen"]


def calls(marker):
    """An object that Keras would look up, and call to make the marker."""
    return {
        "module": "os",
        "class_name": "system",
        "config": f"touch {marker}",
        "registered_name": "system",
    }


# Each changes the seed's configuration; those with two arguments get a path that must
# not come to be.
CONFIGS = {
    "module import as a layer": lambda c, m: c["config"]["layers"].insert(2, calls(m)),
    "module import as the model": lambda c, m: {**c, **calls(m)},
    "registered name": lambda c, m: layer(c, 1).update(registered_name="os>system"),
    "module of a known class": lambda c, m: layer(c, 1).update(module="os"),
    "module import as an initializer": lambda c, m: gru(c).update(
        kernel_initializer=calls(m)
    ),
    "module import as an activation": lambda c, m: gru(c).update(activation=calls(m)),
    "module import as a regularizer": lambda c, m: gru(c).update(
        kernel_regularizer=calls(m)
    ),
    "module import as the dtype": lambda c, m: gru(c).update(dtype=calls(m)),
    "module import as the loss": lambda c, m: c["compile_config"].update(loss=calls(m)),
    "module import as a metric": lambda c, m: c["compile_config"]["metrics"].append(
        calls(m)
    ),
    "module import as the optimizer": lambda c, m: c["compile_config"].update(
        optimizer=calls(m)
    ),
    "module import as the learning rate": lambda c, m: c["compile_config"]["optimizer"][
        "config"
    ].update(learning_rate=calls(m)),
    "module import in the record": lambda c, m: record(c)["settings"].update(
        units=calls(m)
    ),
    "module import in a field nobody knows": lambda c, m: c.update(extra=[[calls(m)]]),
    "a download of Keras's": lambda c: layer(c, 2).update(
        module="keras.utils", class_name="get_file", config={"origin": "http://x/"}
    ),
    "TFSMLayer": lambda c, m: layer(c, 2).update(
        class_name="TFSMLayer",
        config={"filepath": str(m), "call_endpoint": "serve"},
    ),
    "bytecode": lambda c: gru(c).update(
        activation={
            "class_name": "__lambda__",
            "config": {"code": "4wEAAAA=", "defaults": None, "closure": None},
        }
    ),
    "a function by its name": lambda c: gru(c).update(activation="os.system"),
    "a model inside": lambda c: layer(c, 2).update(class_name="TextModel"),
    "two inputs": lambda c: c["config"]["layers"].insert(0, layer(c, 0)),
    "no layers": lambda c: c["config"].update(layers=[]),
    "layers that are none": lambda c: c["config"].update(layers=[[], "GRU", None]),
    "layers beyond number": lambda c: c["config"].update(
        layers=[layer(c, 0), *[layer(c, 1)] * 100_000, layer(c, 3)]
    ),
    "units below 1": lambda c: gru(c).update(units=0),
    "units beyond measure": lambda c: gru(c).update(units=10**12),
    "units more than the arrays hold": lambda c: gru(c).update(units=60_000),
    "units in words": lambda c: gru(c).update(units="2"),
    "units that are true": lambda c: gru(c).update(units=True),
    "units in no number": lambda c: gru(c).update(units=float("nan")),
    "dropout above 1": lambda c: layer(c, 2)["config"].update(rate=1e400),
    "dropout of no number": lambda c: layer(c, 2)["config"].update(rate=float("nan")),
    "learning rate of 400 digits": lambda c: c["compile_config"]["optimizer"][
        "config"
    ].update(learning_rate=10**400),
    "steps below 1": lambda c: c["compile_config"]["optimizer"]["config"][
        "learning_rate"
    ]["config"].update(decay_steps=0),
    "a huge vocabulary": lambda c: record(c).update(
        vocabulary=[chr(i) for i in range(0xE000, 0x2F000)]
    ),
    "a vocabulary larger than the arrays": lambda c: record(c).update(
        vocabulary=[chr(i) for i in range(100, 20_000)]
    ),
    "a vocabulary of words": lambda c: record(c).update(vocabulary=["a" * 10**6] * 4),
    "a vocabulary of lists": lambda c: record(c).update(vocabulary=[["a"]] * 4),
    "a character twice": lambda c: record(c).update(vocabulary=["a"] * 4),
    "no vocabulary": lambda c: record(c).update(vocabulary=[]),
    "a separator beyond measure": lambda c: record(c).update(separator="a" * 10**6),
    "a setting of another type": lambda c: record(c)["settings"].update(lowercase="no"),
    "a source of another type": lambda c: record(c)["source"].update(files=[3]),
    "a figure of another type": lambda c: record(c)["figures"].update(epoch=1.5),
    "no format version": lambda c: record(c).pop("format_version") and None,
    "a format version in words": lambda c: record(c).update(format_version="1"),
    "a format version of true": lambda c: record(c).update(format_version=True),
    "a field that is unknown": lambda c: record(c).update(pickle="gASV"),
    "not a JSON object": lambda c: c["config"].pop("gru_textgen") and None,
    "no object": lambda c: b"[1, 2]",
    "no JSON": lambda c: b"{'units': 2}",
    "no text": lambda c: b"\xff\xfe" + json.dumps(c).encode("utf-16-le"),
    "JSON nested deeply": lambda c: b"[" * 1_000_000 + b"]" * 1_000_000,
    "JSON nested a little": lambda c: c.update(extra=json.loads("[" * 99 + "]" * 99)),
    "JSON of a million records": lambda c: b"[" + b"{}," * 1_300_000 + b"{}]",
    "a number of a million digits": lambda c: b'{"a": ' + b"9" * 1_000_000 + b"}",
    "JSON beyond measure": lambda c: b" " * 10**8,
}


def external_storage(file, marker):
    marker.write_bytes(bytes(20))
    del file[ARRAY]
    file.create_dataset(ARRAY, (5,), "<f4", external=[(str(marker), 0, 20)])


def external_link(file, marker):
    marker.write_bytes(members()[WEIGHTS])
    del file[ARRAY]
    file[ARRAY] = h5py.ExternalLink(str(marker), ARRAY)


def external_link_to_a_layer(file, marker):
    marker.write_bytes(members()[WEIGHTS])
    del file["layers/gru"]
    file["layers/gru"] = h5py.ExternalLink(str(marker), "layers/gru")


def soft_link(file):
    file.move(ARRAY, "layers/dense/elsewhere")
    file[ARRAY] = h5py.SoftLink("/layers/dense/elsewhere")


def virtual_dataset(file):
    layout = h5py.VirtualLayout((5,), "<f4")
    layout[:] = h5py.VirtualSource(file.filename or ".", "layers/dense/b", (5,))
    file["layers/dense/b"] = np.zeros(5, "<f4")
    del file[ARRAY]
    file.create_virtual_dataset(ARRAY, layout)


def instead(*arguments, name=ARRAY, **options):
    """A change of the HDF5 file: another array in the place of one."""

    def change(file):
        del file[name]
        file.create_dataset(name, *arguments, **options)

    return change


def many_layers_of_one(path):
    """A file of 61 layers whose arrays are all the same ones, 40 times the file."""
    config = json.loads(members()[CONFIG])
    gru(config)["units"], first = 40, layer(config, 1)
    other = {**first, "config": {**gru(config), "vocabulary_size": None}}
    config["config"]["layers"][2:3] = [other] * 60
    data = io.BytesIO(members()[WEIGHTS])
    with h5py.File(data, "r+") as file:
        del file["layers"]
        shapes = {"0": (5, 120), "1": (40, 120), "2": (2, 120), "same": (40, 120)}
        for name, shape in shapes.items():
            file[f"layers/gru/cell/vars/{name}"] = np.ones(shape, "<f4")
        file["layers/dense/vars/0"] = np.ones((40, 5), "<f4")
        file["layers/dense/vars/1"] = np.ones(5, "<f4")
        arrays = file["layers/gru/cell/vars"]
        for i in range(1, 61):
            group = file.create_group(f"layers/gru_{i}/cell/vars")
            for name, source in {"0": "same", "1": "1", "2": "2"}.items():
                group[name] = arrays[source]
    packed(path, {**members(), CONFIG: json.dumps(config), WEIGHTS: data.getvalue()})


ARRAYS = {
    "external storage": external_storage,
    "an external link": external_link,
    "an external link to a layer": external_link_to_a_layer,
    "a soft link": soft_link,
    "a soft link that nobody reads": lambda f: f.update(x=h5py.SoftLink("/y")),
    "a link to itself": lambda f: f["layers"].update(x=h5py.SoftLink("/layers/x")),
    "a virtual array": virtual_dataset,
    "a terabyte of the fill value": instead((1 << 38,), "<f4", fillvalue=1),
    "a terabyte in pieces": instead((1 << 38,), "<f4", chunks=(1 << 20,)),
    "an array that was never written": instead((5,), "<f4", fillvalue=1),
    "a filter": instead(data=np.ones(5, "<f4"), compression="gzip"),
    "a filter of our array's bomb": instead(
        data=np.zeros(1 << 20, "<f4"), compression="gzip"
    ),
    "text in an array": instead(data=["x"] * 5, dtype=h5py.string_dtype()),
    "references in an array": instead((5,), h5py.ref_dtype),
    "arrays in an array": instead((5,), h5py.vlen_dtype(np.float32)),
    "records in an array": instead(data=np.zeros(5, "f4,f4")),
    "double precision": instead(data=np.zeros(5, "<f8")),
    "integers": instead(data=np.zeros(5, "<i8")),
    "another order of bytes": instead(data=np.zeros(5, ">f4")),
    "another shape": instead(data=np.zeros((5, 1), "<f4")),
    "one number": instead(data=np.float32(0)),
    "no number at all": instead(data=h5py.Empty("<f4")),
    "a group for an array": lambda f: (f.pop(ARRAY), f.create_group(ARRAY)) and None,
    "no array": lambda f: f.pop(ARRAY) and None,
    "a number that is none": lambda f: f[ARRAY].write_direct(
        np.array([0, 0, np.nan, 0, 0], "<f4")
    ),
    "an infinite number": lambda f: f[ARRAY].write_direct(np.full(5, np.inf, "<f4")),
}
OPTIMIZERS = {
    "external storage": lambda f, m: (
        instead((5, 6), "<f4", external=[(str(m), 0, 120)], name=OPTIMIZER)(f)
    ),
    "an array of another shape": instead((1 << 38,), "<f4", name=OPTIMIZER),
    "one array less": lambda f: f.pop("optimizer/vars/9") and None,
    "too many arrays": lambda f: [
        f.create_dataset(f"optimizer/vars/{i}", data=np.float32(1))
        for i in range(11, 60)
    ],
    "weights' shapes in another order": lambda f: (
        f.move("optimizer/vars/1", "x"),
        f.move("optimizer/vars/3", "optimizer/vars/1"),
        f.move("x", "optimizer/vars/3"),
    ),
}


def patched(path, offset, *values, kind="<H"):
    """Write the seed with numbers changed at an offset from each directory entry."""
    data = bytearray(SEED.read_bytes())
    at = data.find(b"PK\1\2")
    while at >= 0:
        struct.pack_into(kind, data, at + offset, *values)
        at = data.find(b"PK\1\2", at + 4)
    path.write_bytes(data)


def twice(path):
    """The seed, with a second `config.json` after the first."""
    path.write_bytes(SEED.read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(CONFIG, b"{}")


def end_of_zip(path, members=3, length=None, before=b"", comment=b""):
    """Write the seed with another last record of its zip."""
    data = SEED.read_bytes()
    fields = list(struct.unpack("<4s4H2LH", data[-22:]))
    fields[3:6] = [members, members, fields[5] if length is None else length]
    fields[7] = len(comment)
    path.write_bytes(data[:-22] + before + struct.pack("<4s4H2LH", *fields) + comment)


ZIPS = {
    "no bytes": lambda p: p.write_bytes(b""),
    "not a zip": lambda p: p.write_bytes(b"poetry" * 99),
    "a pickle": lambda p: p.write_bytes(b"\x80\x04cos\nsystem\n(S'true'\ntR."),
    "an HDF5 file": lambda p: p.write_bytes(members()[WEIGHTS]),
    "half of it": lambda p: p.write_bytes(SEED.read_bytes()[:14_000]),
    "its second half": lambda p: p.write_bytes(SEED.read_bytes()[14_000:]),
    "traversal": lambda p: packed(p, {**members(), "../../evil": b"x"}),
    "an absolute path": lambda p: packed(p, {**members(), "/tmp/evil": b"x"}),
    "an asset": lambda p: packed(p, {**members(), "assets/a.py": b"x"}),
    "a member twice": twice,
    "no weights": lambda p: packed(p, {CONFIG: b"{}", METADATA: b"{}"}),
    "compressed": lambda p: packed(p, members(), zipfile.ZIP_DEFLATED),
    "a bomb": lambda p: packed(
        p, {**members(), WEIGHTS: bytes(1 << 26)}, zipfile.ZIP_DEFLATED
    ),
    "a bomb in another method": lambda p: packed(
        p, {**members(), CONFIG: b" " * (1 << 26)}, zipfile.ZIP_BZIP2
    ),
    "encrypted": lambda p: patched(p, 8, 1),
    "an unknown method": lambda p: patched(p, 10, 99),
    "sizes of a gigabyte": lambda p: patched(p, 20, 1 << 30, 1 << 30, kind="<LL"),
    "sizes that differ": lambda p: patched(p, 24, 1 << 30, kind="<L"),
    "sizes of nothing": lambda p: patched(p, 20, 0, 0, kind="<LL"),
    "a wrong checksum": lambda p: patched(p, 16, 0, kind="<L"),
    "members elsewhere": lambda p: patched(p, 42, 1 << 30, kind="<L"),
    "a million members": lambda p: end_of_zip(p, members=60_000),
    "a directory beyond measure": lambda p: end_of_zip(p, length=1 << 30),
    "another directory": lambda p: end_of_zip(p, before=b"PK\6\7" + bytes(16)),
    "a comment": lambda p: end_of_zip(p, comment=b"PK\5\6" * 9),
    "weights of another model": lambda p: packed(
        p, {**members(), WEIGHTS: members(DATA / "version-1-layers.keras")[WEIGHTS]}
    ),
    "configuration of another model": lambda p: packed(
        p, {**members(), CONFIG: members(DATA / "version-1-layers.keras")[CONFIG]}
    ),
    "members exchanged": lambda p: packed(
        p, {**members(), WEIGHTS: members()[CONFIG], CONFIG: members()[WEIGHTS]}
    ),
    "sixty layers of the same bytes": many_layers_of_one,
}


def make(attack, path, marker, write=lambda path, change: change(path)):
    """Write the file of an attack; what the attack may touch is `marker`."""
    if attack.__code__.co_argcount == 2:
        write(path, lambda found: attack(found, marker))
    else:
        write(path, attack)
    return path


def assert_refused(path, *readers):
    for read in readers:
        with pytest.raises(InputError) as caught:
            read(path)
        sentence = str(caught.value)
        assert sentence.startswith(f"{path} ") and sentence.endswith(".")
        assert sentence.isprintable() and len(sentence) < len(str(path)) + 300


@pytest.mark.parametrize("attack", CONFIGS)
def test_a_configuration_with_anything_unknown_is_refused(attack, tmp_path):
    marker = tmp_path / "marker"
    path = make(CONFIGS[attack], tmp_path / "m.keras", marker, with_config)
    assert_refused(path, read_info, read_model, load_model)
    assert not marker.exists()


@pytest.mark.parametrize("attack", ARRAYS)
def test_arrays_that_are_not_plain_are_refused(attack, tmp_path):
    path = make(ARRAYS[attack], tmp_path / "m.keras", tmp_path / "marker", with_weights)
    assert_refused(path, read_model, load_model)


IGNORED = ("a field nobody knows", "module of a known class")  # Keras looks not there


@pytest.mark.parametrize(
    "attack",
    ["bytecode", *(n for n, a in CONFIGS.items() if a.__code__.co_argcount == 2)],
)
def test_on_the_road_of_keras_nothing_runs_either(attack, tmp_path):
    """Our classes, which Keras knows, are no way around its rules."""
    marker = tmp_path / "marker"
    path = make(CONFIGS[attack], tmp_path / "m.keras", marker, with_config)
    if attack.endswith(IGNORED):
        keras.models.load_model(path)
    else:
        with pytest.raises((InputError, TypeError, ValueError, AttributeError)):
            keras.models.load_model(path)
    assert not marker.exists()


@pytest.mark.parametrize(
    "attack", [n for n in ARRAYS if n.startswith(("external", "an external", "a virt"))]
)
def test_on_the_road_of_keras_no_other_file_is_read(attack, tmp_path):
    path = make(ARRAYS[attack], tmp_path / "m.keras", tmp_path / "marker", with_weights)
    with pytest.raises(ValueError):
        keras.models.load_model(path)


@pytest.mark.parametrize("attack", OPTIMIZERS)
def test_optimizer_arrays_that_are_not_plain_are_refused(attack, tmp_path):
    marker = tmp_path / "marker"
    path = make(OPTIMIZERS[attack], tmp_path / "m.keras", marker, with_weights)
    assert_refused(path, load_model)


@pytest.mark.parametrize("attack", ZIPS)
def test_an_archive_that_is_no_plain_one_is_refused(attack, tmp_path):
    path = make(ZIPS[attack], tmp_path / "m.keras", None)
    assert_refused(path, read_model, load_model)
    assert [p.name for p in tmp_path.iterdir()] == ["m.keras"]


def test_a_lambda_layer_that_keras_saved_is_refused(tmp_path):
    marker = str(tmp_path / "marker")
    model = TextModel(info=ModelInfo(Vocabulary("ab")))
    model.add(keras.Input((None,), dtype="int32"))
    model.add(GRU(3, vocabulary_size=3, return_sequences=True))
    model.add(keras.layers.Lambda(lambda x: [x, open(marker, "w").close()][0]))
    model.add(keras.layers.Dense(3))
    path = tmp_path / "m.keras"
    model.save(path)
    os.remove(marker)  # which the layer made when it was built
    assert_refused(path, read_info, read_model, load_model)
    with pytest.raises(ValueError, match="safe_mode"):
        keras.models.load_model(path)
    assert not os.path.exists(marker)


def test_a_bit_that_flipped_in_any_member_is_seen(tmp_path, capsys):
    data, path = SEED.read_bytes(), tmp_path / "m.keras"
    for name, content in members().items():
        place = data.find(content) + len(content) // 2
        path.write_bytes(data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :])
        assert_refused(path, read_model, load_model)
        with pytest.raises(SystemExit) as ended:
            main(["info", str(path)])
        assert ended.value.code == 2 and f"its {name} cannot" in capsys.readouterr().err


def test_hard_links_in_a_circle_are_walked_once(tmp_path):
    path = tmp_path / "m.keras"
    with_weights(path, lambda file: file["layers"].update(again=file["/"]))
    read_stored(path)


def test_a_file_that_may_not_be_read_is_a_sentence(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(InputError, match="version-1.keras cannot be read: Permission"):
        read_info(SEED)


PROGRAM = str(Path(__file__).parents[1] / "programs" / "measured.py")
WORST = {  # attacks on each way in
    "module import as a layer": (CONFIGS, with_config),
    "module import as the loss": (CONFIGS, with_config),
    "JSON nested deeply": (CONFIGS, with_config),
    "JSON of a million records": (CONFIGS, with_config),
    "JSON beyond measure": (CONFIGS, with_config),
    "units more than the arrays hold": (CONFIGS, with_config),
    "a bomb": (ZIPS, None),
    "traversal": (ZIPS, None),
    "sizes of a gigabyte": (ZIPS, None),
    "external storage": (ARRAYS, with_weights),
    "a terabyte of the fill value": (ARRAYS, with_weights),
}


@pytest.mark.slow
@pytest.mark.parametrize("attack", WORST)
def test_the_command_line_says_one_sentence_and_takes_little_memory(attack, tmp_path):
    if not Path("/proc/self/status").exists():
        pytest.skip("this system does not say how much memory a process took")
    attacks, write = WORST[attack]
    marker, path = tmp_path / "marker", tmp_path / "m.keras"
    if write is None:
        make(attacks[attack], path, marker)
    else:
        make(attacks[attack], path, marker, write)
    commands = [["generate", "--weights", path, "--length", "1"], ["info", path]]
    for command in commands:
        result = subprocess.run(
            [sys.executable, PROGRAM, *map(str, command)],
            capture_output=True,
            text=True,
        )
        assert result.returncode == 2, result.stderr
        assert result.stderr.startswith(
            f"gru-textgen: {path} is not a gru_textgen model"
        )
        assert result.stderr.count("\n") == 1
        name, megabytes = result.stdout.split()
        assert name == "megabytes:" and int(megabytes) < MAX_MEGABYTES
    assert attacks is ARRAYS or not marker.exists()


@pytest.mark.slow
def test_the_module_run_as_a_program_ends_with_status_2(tmp_path):
    path = make(ZIPS["a bomb"], tmp_path / "m.keras", None)
    for command in (["generate", "--weights", path, "--length", "1"], ["info", path]):
        result = subprocess.run(
            [sys.executable, "-m", "gru_textgen", *map(str, command)],
            capture_output=True,
            text=True,
        )
        assert result.returncode == 2 and result.stdout == ""
        assert result.stderr.count("\n") == 1
