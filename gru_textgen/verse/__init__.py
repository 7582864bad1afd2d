"""What is verse, line by line."""
