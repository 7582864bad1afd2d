"""`python -m gru_textgen`: the command line."""

from gru_textgen.cli import main

if __name__ == "__main__":
    main(prog_name="gru-textgen")
