"""What a type checker says of our names; never run. See tests/test_package.py."""

from gru_textgen import (
    GRU,
    Form,
    Sampling,
    TextGenerator,
    TrainingSettings,
    evaluate,
    read_files,
    train,
)

generator = TextGenerator.load("verse")
text: str = generator.generate("The sea", temperature=0.6, seed=1, lines=4)
loss: float = evaluate(generator, text).stateful.loss
settings = TrainingSettings("runs/mine", units=128)
path: str = train(settings, read_files(["mine.txt"])).path.name
colder = generator.generate_batch(["The sea"], sampling=Sampling(0.4, top_p=0.9))
syllables: list[int] = [x.syllables for x in generator.compose(Form("AABB")).lines]
TextGenerator.load(3)  # error: arg-type
generator.generate("The sea", temprature=0.6)  # error: call-arg
wrong: int = evaluate(generator, text).stateful.loss  # error: assignment
Sampling(temperature="hot")  # error: arg-type
generator.generate(b"The sea")  # error: arg-type
generator.generate("The sea", sampling=0.4)  # error: arg-type
train(settings, 3)  # error: arg-type
GRU(64, vocabulary_size="abc")  # error: arg-type
Form(rhime="AABB")  # error: call-arg
TrainingSettings("runs/mine", unit=128)  # error: call-arg
