"""Where people show animations: one in, the files and the words that a place takes out."""
