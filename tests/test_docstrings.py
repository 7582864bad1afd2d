"""What the public names say of themselves: each parameter, and an example that runs."""

import ast
import doctest
import inspect
import re
from pathlib import Path

import pytest

import gru_textgen

EXAMPLES = doctest.DocTestFinder()
# What an example prints of a run is cut short with "...".
LOOK = doctest.ELLIPSIS


def public(name):
    return getattr(gru_textgen, name)


def own_methods(cls):
    """The public methods of a class that no base class of another package describes."""
    for name, member in vars(cls).items():
        function = member.__func__ if isinstance(member, classmethod) else member
        if inspect.isfunction(function) and not name.startswith("_"):
            bases = [b for b in cls.__mro__[1:] if hasattr(b, name)]
            if not bases:
                yield name, function


def described(docstring):
    """The names that stand before a colon, alone or with others, at a line's start."""
    found = re.findall(r"^ *((?:\*{0,2}\w+(?:, )?)+):", docstring or "", re.MULTILINE)
    return {name.strip("* ") for names in found for name in names.split(",")}


@pytest.mark.parametrize("name", gru_textgen.__all__)
def test_the_examples_of_a_public_name_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = [x for x in EXAMPLES.find(public(name), name) if x.examples]
    assert any(example.name == name for example in found), "it shows no example"
    runner = doctest.DocTestRunner(optionflags=LOOK)
    for example in found:
        said = []
        failed, _ = runner.run(example, out=said.append)
        assert not failed, "".join(said)


def test_each_method_of_the_generator_shows_an_example():
    shown = {x.name for x in EXAMPLES.find(gru_textgen.TextGenerator) if x.examples}
    methods = {name for name, _ in own_methods(gru_textgen.TextGenerator)}
    assert methods - {"prompt_ids"} <= {name.rpartition(".")[2] for name in shown}


@pytest.mark.parametrize("name", gru_textgen.__all__)
def test_each_parameter_of_a_public_name_is_described(name):
    member = public(name)
    known = described(member.__doc__)
    takes_anything = name == "InputError"  # as every exception
    functions = [] if takes_anything else [(name, member, known)]
    if inspect.isclass(member):
        functions += [
            (f"{name}.{method}", function, described(function.__doc__))
            for method, function in own_methods(member)
        ]
    for where, function, documented in functions:
        parameters = set(inspect.signature(function).parameters) - {"self", "cls"}
        assert parameters <= documented, f"{where}: {parameters - documented}"


def test_checkers_and_programs_get_the_same_names():
    """What is imported under TYPE_CHECKING is what is fetched when the program runs."""
    tree = ast.parse(Path(gru_textgen.__file__).read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    typed = {
        alias.asname: node.module
        for node in imports
        if node.module.startswith("gru_textgen")
        for alias in node.names
    }
    assert typed == {name: public(name).__module__ for name in gru_textgen.__all__}
