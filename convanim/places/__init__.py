"""An animation in, the files and the words out that a place takes where people show it."""
