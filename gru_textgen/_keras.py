"""Makes our layers known to Keras, however late Keras is imported.

`keras.models.load_model` opens our files after `import gru_textgen`, and that import
must not load TensorFlow: so the layers are registered when Keras itself has come.
"""

import contextlib
import importlib.abc
import importlib.util
import sys


def register_layers() -> None:
    """Register our classes now if Keras is loaded, else right after it is."""
    if "keras" in sys.modules:
        _import_layers()
    else:
        sys.meta_path.insert(0, _WhenKerasComes())


def _import_layers() -> None:
    for room in ("gru", "model"):
        importlib.import_module(f"gru_textgen.{room}")


class _WhenKerasComes(importlib.abc.MetaPathFinder):
    """Finds Keras as the others do, with a loader that imports our layers after it."""

    def find_spec(self, name, path=None, target=None):
        if name != "keras":
            return None
        sys.meta_path.remove(self)  # to ask the others
        try:
            spec = importlib.util.find_spec(name)
        finally:
            sys.meta_path.insert(0, self)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_then_register(module):
                sys.meta_path.remove(self)
                load(module)
                with contextlib.suppress(ImportError):  # Keras without TensorFlow
                    _import_layers()

            spec.loader.exec_module = load_then_register  # type: ignore[method-assign]
        return spec
