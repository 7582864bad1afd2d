"""The device that a run trains on."""

from gru_textgen.errors import InputError
from gru_textgen.machine import usable_cores


def choose_device(device: str | None = None) -> str:
    """Let TensorFlow use a kind of device alone, before it has begun.

    Args:
        device: "cpu", "gpu", or None for the GPUs if there are some.

    Returns:
        The name of what is used: the number of CPU cores, or the names of the GPUs.

    Raises:
        InputError: if there is no GPU, or TensorFlow has begun to use one.
    """
    import tensorflow as tf

    gpus = tf.config.get_visible_devices("GPU")
    if device == "gpu" and not gpus:
        raise InputError(
            "`device=gpu`: TensorFlow finds no GPU. Leave out the option, or install "
            "the GPU's driver and packages (pip install 'tensorflow[and-cuda]')."
        )
    if device == "cpu" and gpus:
        try:
            tf.config.set_visible_devices([], "GPU")
        except RuntimeError as error:
            raise InputError(
                "`device=cpu`: TensorFlow uses the GPU already: start a new process."
            ) from error
        gpus = []
    if not gpus:
        cores = usable_cores()
        return f"{cores} CPU cores" if cores > 1 else "1 CPU core"
    details = map(tf.config.experimental.get_device_details, gpus)
    return " and ".join(found.get("device_name", "a GPU") for found in details)
