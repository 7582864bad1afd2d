"""Characters and the plain ones that stand for them."""

# Punctuation that Unicode's NFKC leaves alone although a plain form stands for it. Both
# the prompts of a model and the cleaning of verse read it so.
PLAIN_FORMS = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"),
        **dict.fromkeys("\u2014\u2015\u2500", "--"),
        **dict.fromkeys("\t\u00a0", " "),
    }
)
