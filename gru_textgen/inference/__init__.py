"""A trained model in NumPy: it reads, it writes, freely or in a form."""
