"""Makes our layers known to Keras, however late Keras is imported.

`keras.models.load_model` opens our files after `import gru_textgen`, and that import
must not load TensorFlow: so the layers are registered when Keras itself has come.
"""

import importlib.abc
import importlib.util
import sys


def register_layers() -> None:
    """Register our classes now if Keras is loaded, else right after it is."""
    if "keras" in sys.modules:
        importlib.import_module("gru_textgen.model")
    else:
        sys.meta_path.insert(0, _WhenKerasComes())


class _WhenKerasComes(importlib.abc.MetaPathFinder):
    """Finds Keras once, with a loader that imports our model after it."""

    def find_spec(self, name, path=None, target=None):
        if name != "keras":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_then_register(module):
                load(module)
                importlib.import_module("gru_textgen.model")

            spec.loader.exec_module = load_then_register  # type: ignore[method-assign]
        return spec
