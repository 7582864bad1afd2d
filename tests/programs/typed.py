"""What a type checker says of our names; never run. See tests/test_package.py."""

from gru_textgen import Sampling, TextGenerator, TrainingSettings, evaluate

generator = TextGenerator.load("verse")
text: str = generator.generate("The sea", temperature=0.6, seed=1, lines=4)
loss: float = evaluate(generator, text).stateful.loss
settings = TrainingSettings("runs/mine", units=128)
TextGenerator.load(3)  # error: arg-type
generator.generate("The sea", temprature=0.6)  # error: call-arg
wrong: int = evaluate(generator, text).stateful.loss  # error: assignment
Sampling(temperature="hot")  # error: arg-type
TrainingSettings("runs/mine", unit=128)  # error: call-arg
