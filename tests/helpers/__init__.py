"""What several test modules use: models of random weights, archives, programs."""
