"""What is verse, line by line: its cleaning, pronunciation, rhyme, metre and forms."""
