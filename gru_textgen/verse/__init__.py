"""What verse is, line by line: its cleaning, pronunciation, rhyme, metre and forms."""
