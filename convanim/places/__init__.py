"""Export of an animation for the places where people show it: the files, and the text to paste."""
